// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// What `INFO` says of a subscription.
package struct SubscriptionInfo: Sendable {
    /// The topic's name.
    package var topic: String
    /// Its name.
    package var name: String
    /// All messages up to this offset are settled.
    package var floor: UInt64
    /// Messages that are not settled.
    package var backlog: UInt64
    /// Messages that consumers hold.
    package var inFlight: Int
    /// Messages that wait for their time.
    package var deferred: UInt64
    /// Messages that wait for a person.
    package var parked: UInt64
    /// Messages that were dead-lettered.
    package var dead: UInt64
    /// Messages that retention removed before they were settled, or that could not be read.
    package var lost: UInt64
    /// Consumers that are attached.
    package var consumers: Int
    /// Whether deliveries are paused.
    package var paused: Bool
    /// Its settings.
    package var settings: SubscriptionSettings
}

extension SubscriptionInfo: JSONForm {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("backlog", backlog)
            writer.member("consumers", consumers)
            writer.member("dead", dead)
            writer.member("deferred", deferred)
            writer.member("floor", floor)
            writer.member("inFlight", inFlight)
            writer.member("lost", lost)
            writer.member("name", name)
            writer.member("parked", parked)
            writer.member("paused", paused)
            writer.name("settings")
            writer.object { writer in
                writer.name("backoff")
                writer.list { writer in for delay in settings.backoff { writer.number(delay) } }
                writer.member("ephemeral", settings.ephemeral)
                writer.member("lease", settings.lease)
                writer.member("maxDeliveries", settings.maxDeliveries)
                writer.member("maxFailures", settings.maxFailures)
                // Deliveries have no order yet that a subscription could ask for.
                writer.member("order", "none")
            }
            writer.member("topic", topic)
        }
    }
}
