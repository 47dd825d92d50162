// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A message whose time has not come.
public struct ScheduledEntry: ReadableResult {
    /// Where it stands in the list.
    public struct Place: Sendable, Hashable {
        /// When it becomes visible, in Unix milliseconds.
        public var due: UInt64
        /// What tells it from others of the same time.
        public var number: UInt64

        /// Makes a place.
        public init(due: UInt64, number: UInt64) {
            self.due = due
            self.number = number
        }
    }

    /// When it becomes visible, and its number.
    public var place: Place
    /// Its id, or nil.
    public var id: String?
    /// Its key, or nil.
    public var key: String?
    /// Its process, or nil.
    public var process: String?
    /// Its cause, or nil.
    public var cause: String?
    /// Bytes of its body.
    public var bytes: Int
    /// The JSON of the broker.
    public let rawJSON: [UInt8]

    /// When it becomes visible, in Unix milliseconds.
    public var due: UInt64 { place.due }

    init(_ fields: ResultFields) throws(ClientError) {
        place = Place(due: try fields.number("due"), number: try fields.number("number"))
        id = fields.optionalText("id")
        key = fields.optionalText("key")
        process = fields.optionalText("process")
        cause = fields.optionalText("cause")
        bytes = try fields.count("bytes")
        rawJSON = fields.rawJSON
    }
}
