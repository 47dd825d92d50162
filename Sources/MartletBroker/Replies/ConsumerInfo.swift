// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// What `INFO` says of a consumer.
package struct ConsumerInfo: Sendable {
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

extension ConsumerInfo: JSONForm {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("client", client)
            writer.member("consumer", consumer)
            writer.member("deliveries", deliveries)
            writer.member("inFlight", inFlight)
            writer.member("subscription", subscription)
            writer.member("topic", topic)
            writer.member("window", window)
        }
    }
}
