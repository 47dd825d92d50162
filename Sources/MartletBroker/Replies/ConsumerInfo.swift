// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What `INFO` says of a consumer.
package struct ConsumerInfo: Encodable, Sendable {
    /// What the client calls itself.
    package var client: String
    /// The consumer's number.
    package var consumer: UInt64
    /// The topic's name.
    package var topic: String
    /// The subscription's name.
    package var subscription: String
    /// Deliveries that it may hold.
    package var window: Int
    /// Deliveries that it holds.
    package var inFlight: Int
    /// Deliveries that it got.
    package var deliveries: UInt64
}
