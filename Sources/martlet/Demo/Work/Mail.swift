// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A mail as the mail service was asked to send it.
struct Mail: Sendable, Equatable {
    /// By this the service knows a repeated call; it sends one mail for each key.
    var key: String
    /// The request that it answers.
    var request: Int
    /// The answer.
    var label: String

    /// A mail of a key without spaces.
    init(key: String, request: Int, label: String) {
        self.key = key
        self.request = request
        self.label = label
    }

    /// Reads a line of the service's log; nil when it is none.
    init?(line: String) {
        let fields = line.split(separator: " ")
        guard fields.count == 3, let request = Int(fields[1]) else { return nil }
        self.init(key: String(fields[0]), request: request, label: String(fields[2]))
    }

    /// A line of the service's log.
    var line: String { "\(key) \(request) \(label)" }
}
