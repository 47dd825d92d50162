// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletModel

/// A log whose lines are JSON objects, for programs that read it.
///
/// Whatever a text holds stays in its line and in its member, since what could end either is escaped.
struct JSONLogHandler: LogHandler {
    let label: String
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    /// The time of a line, in Unix milliseconds.
    var now: @Sendable () -> Int = { ReadableTime.wall }
    /// Takes each line with its end.
    var write: @Sendable (String) -> Void = { StandardError.write($0) }

    init(label: String, level: Logger.Level) {
        self.label = label
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        for more in [metadataProvider?.get(), event.metadata] {
            fields.merge(more ?? [:]) { _, last in last }
        }
        var json = JSONWriter()
        json.object { json in
            json.member("time", ReadableTime.standard(now()))
            json.member("level", event.level.rawValue)
            json.member("label", label)
            json.member("message", "\(event.message)")
            if let error = event.error { json.member("error", "\(error)") }
            guard !fields.isEmpty else { return }
            json.name("metadata")
            Self.write(.dictionary(fields), to: &json)
        }
        write(json.text + "\n")
    }

    private static func write(_ value: Logger.MetadataValue, to json: inout JSONWriter) {
        switch value {
        case .string(let text): json.string(text)
        case .stringConvertible(let value): json.string("\(value)")
        case .array(let values):
            json.list { json in for value in values { write(value, to: &json) } }
        case .dictionary(let fields):
            json.object { json in
                for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
                    json.name(name)
                    write(value, to: &json)
                }
            }
        }
    }
}
