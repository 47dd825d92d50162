// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The broker as a whole.
public struct BrokerStatus: ReadableResult {
    /// What there is room for, in bytes.
    public struct Storage: Sendable, Hashable {
        /// Bytes of the file in use.
        public var usedBytes: UInt64
        /// Bytes that the file can grow to.
        public var mapBytes: UInt64
        /// Bytes free on the disk.
        public var diskFreeBytes: UInt64
        /// Whether publishes are refused because there is no room.
        public var isFull: Bool
    }

    /// Its version.
    public var version: String
    /// How long it has been running, in whole seconds.
    public var uptime: Duration
    /// Connections.
    public var connections: Int
    /// Topics, those of the broker included.
    public var topics: Int
    /// Subscriptions of all topics.
    public var subscriptions: Int
    /// The store.
    public var storage: Storage
    /// The JSON of the broker.
    public let rawJSON: [UInt8]

    init(_ fields: ResultFields) throws(ClientError) {
        version = try fields.text("version")
        uptime = .seconds(try fields.count("uptimeSeconds"))
        connections = try fields.count("connections")
        topics = try fields.count("topics")
        subscriptions = try fields.count("subscriptions")
        guard let store = fields.object("storage") else { throw ResultFields.violation("an object as storage") }
        storage = Storage(
            usedBytes: try store.number("usedBytes"), mapBytes: try store.number("mapBytes"),
            diskFreeBytes: try store.number("diskFreeBytes"), isFull: store.flag("full") ?? false)
        rawJSON = fields.rawJSON
    }
}
