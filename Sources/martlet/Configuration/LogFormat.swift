// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging

/// The form of the lines of the log.
enum LogFormat: String, CaseIterable, Sendable {
    /// For people.
    case text
    /// An object a line, for programs.
    case json

    /// What writes such lines to standard error.
    func handler(label: String, level: Logger.Level) -> any LogHandler {
        switch self {
        case .text:
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        case .json: return JSONLogHandler(label: label, level: level)
        }
    }
}
