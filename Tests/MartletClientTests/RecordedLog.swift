// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletTestKit

/// A log whose lines a test can wait for: `<level> <text>`, and the code of an error behind it.
struct RecordedLog: LogHandler {
    let lines: Recorder<String>
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let code = event.metadata?["error.code"].map { " [\($0)]" } ?? ""
        let untold = event.metadata?["martlet.untold"].map { " +\($0)" } ?? ""
        lines.append("\(event.level) \(event.message)\(code)\(untold)")
    }

    /// A logger that writes to a recorder.
    static func logger(_ lines: Recorder<String>, level: Logger.Level = .info) -> Logger {
        var logger = Logger(label: "test") { _ in RecordedLog(lines: lines) }
        logger.logLevel = level
        return logger
    }
}
