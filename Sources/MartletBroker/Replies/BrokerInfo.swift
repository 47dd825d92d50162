// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// What `INFO` says of the broker.
package struct BrokerInfo: Sendable {
    /// What there is room for, in bytes.
    package struct Storage: Sendable {
        /// Bytes of the file in use.
        package var usedBytes: UInt64
        /// Bytes that the file can grow to.
        package var mapBytes: UInt64
        /// Bytes free on the disk.
        package var diskFreeBytes: UInt64
        /// Whether publishes are refused.
        package var full: Bool
        /// Messages, and rows about returned ones, that were found damaged since the start.
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
    /// Bytes of deliveries that were sent and are not known to be taken.
    package var untakenBytes: Int
    /// The store.
    package var storage: Storage
}

extension BrokerInfo: JSONForm {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("connections", connections)
            writer.name("storage")
            writer.object { writer in
                writer.member("damaged", storage.damaged)
                writer.member("diskFreeBytes", storage.diskFreeBytes)
                writer.member("full", storage.full)
                writer.member("mapBytes", storage.mapBytes)
                writer.member("usedBytes", storage.usedBytes)
            }
            writer.member("subscriptions", subscriptions)
            writer.member("topics", topics)
            writer.member("untakenBytes", untakenBytes)
            writer.member("uptimeSeconds", uptimeSeconds)
            writer.member("version", version)
        }
    }
}
