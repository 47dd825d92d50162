// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The fields of a `PUB` that names a time: when the message becomes visible, or for how long it is of use.
package struct TimedPublish: Equatable, Sendable {
    /// The topic's name.
    package var topic: String
    /// When it becomes visible; nil is now.
    package var schedule: Schedule?
    /// How long it is delivered from then on, in milliseconds, if not without end.
    package var ttl: Int?
    /// The id, or empty.
    package var id: [UInt8] = []
    /// The key, or empty.
    package var key: [UInt8] = []
    /// The process, or empty.
    package var process: [UInt8] = []
    /// The cause, or empty.
    package var cause: [UInt8] = []
    /// The headers, as they came.
    package var headers: [UInt8] = []
    /// The body.
    package var body: [UInt8] = []

    /// Makes an empty message for a topic.
    package init(topic: String, schedule: Schedule? = nil, ttl: Int? = nil) {
        self.topic = topic
        self.schedule = schedule
        self.ttl = ttl
    }

    /// Calls `use` with pointers to what it holds.
    package func withFields<Result>(_ use: (MessageFields) throws -> Result) rethrows -> Result {
        try id.withUnsafeBytes { id in
            try key.withUnsafeBytes { key in
                try process.withUnsafeBytes { process in
                    try cause.withUnsafeBytes { cause in
                        try headers.withUnsafeBytes { headers in
                            try body.withUnsafeBytes { body in
                                var fields = MessageFields()
                                (fields.id, fields.key, fields.process, fields.cause) = (id, key, process, cause)
                                (fields.headers, fields.body) = (headers, body)
                                return try use(fields)
                            }
                        }
                    }
                }
            }
        }
    }
}
