// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletLock

/// Remembers what is logged.
final class RecordedLines: Sendable {
    private struct Handler: LogHandler {
        let lines: RecordedLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
            lines.add("\(event.level): \(event.message) \(fields)")
        }
    }

    private let texts = Lock<[String]>([])

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private func add(_ text: String) { texts.withLock { $0.append(text) } }

    /// What was logged since this was asked last.
    func take() -> [String] {
        texts.withLock { texts in
            defer { texts = [] }
            return texts
        }
    }
}
