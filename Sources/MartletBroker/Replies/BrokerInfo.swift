// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What `INFO` says of the broker.
package struct BrokerInfo: Encodable, Sendable {
    /// What there is room for, in bytes.
    package struct Storage: Encodable, Sendable {
        /// Bytes of the file in use.
        package var usedBytes: UInt64
        /// Bytes that the file can grow to.
        package var mapBytes: UInt64
        /// Bytes free on the disk.
        package var diskFreeBytes: UInt64
        /// Whether publishes are refused.
        package var full: Bool
        /// Messages that cannot be read.
        package var damaged: UInt64
    }

    /// The broker's version.
    package var version: String
    /// Seconds since it started.
    package var uptimeSeconds: UInt64
    /// Connections that said hello.
    package var connections: Int
    /// Topics, those of the broker included.
    package var topics: Int
    /// Subscriptions of all topics.
    package var subscriptions: Int
    /// The store.
    package var storage: Storage
}
