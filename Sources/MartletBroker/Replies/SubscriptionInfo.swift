// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel
package import MartletStore

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
    /// When the oldest of them became visible, in Unix milliseconds, if it is there and can be read.
    package var oldestTime: UInt64?
    /// Messages that consumers hold.
    package var inFlight: Int
    /// Messages that wait for their time.
    package var deferred: UInt64
    /// Messages that wait for a person.
    package var parked: UInt64
    /// Messages that the filter did not pass.
    package var filtered: UInt64
    /// Messages that were dead-lettered.
    package var dead: UInt64
    /// Messages that retention removed before they were settled, or that could not be read.
    package var lost: UInt64
    /// Consumers that are attached.
    package var consumers: Int
    /// Whether deliveries are paused.
    package var paused: Bool
    /// When the pause ends, in Unix milliseconds, if it has an end.
    package var pausedUntil: UInt64?
    /// The redrive that goes on, if one does.
    package var redrive: StoredRedrive?
    /// Its settings.
    package var settings: SubscriptionSettings
}

extension SubscriptionInfo: JSONForm {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in writeMembers(to: &writer) }
    }

    /// Writes the members of the object, with what else is known of the subscription.
    package func writeMembers(
        to writer: inout JSONWriter, leases: [LeaseInfo]? = nil, oldest: Survey.Oldest? = nil
    ) {
        writer.member("backlog", backlog)
        writer.member("consumers", consumers)
        writer.member("dead", dead)
        writer.member("deferred", deferred)
        writer.member("filtered", filtered)
        writer.member("floor", floor)
        writer.member("inFlight", inFlight)
        if let leases {
            writer.name("leases")
            writer.list { writer in for lease in leases { lease.write(to: &writer) } }
        }
        writer.member("lost", lost)
        writer.member("name", name)
        if let oldest {
            writer.name("oldest")
            writer.object { writer in
                writer.member("offset", oldest.offset)
                writer.member(ifPresent: "time", oldest.time)
            }
        }
        writer.member(ifPresent: "oldestTime", oldestTime)
        writer.member("parked", parked)
        writer.member("paused", paused)
        writer.member(ifPresent: "pausedUntil", pausedUntil)
        if let redrive {
            writer.name("redrive")
            writer.object { writer in
                writer.member("done", redrive.done)
                writer.member("meant", redrive.meant)
                writer.member("rate", redrive.rate)
                writer.member("since", redrive.since)
            }
        }
        writer.name("settings")
        writer.object { writer in
            writer.name("backoff")
            writer.list { writer in for delay in settings.backoff { writer.number(delay) } }
            writer.member("ephemeral", settings.ephemeral)
            if settings.expect > 0 { writer.member("expect", settings.expect) }
            if settings.expireAfter > 0 { writer.member("expireAfter", settings.expireAfter) }
            if !settings.filter.keyPrefix.isEmpty { writer.member("keyPrefix", settings.filter.keyPrefix) }
            writer.member("lease", settings.lease)
            writer.member("maxDeliveries", settings.maxDeliveries)
            writer.member("maxFailures", settings.maxFailures)
            writer.member("onExpire", settings.onExpire.word)
            writer.member("onPoison", settings.onPoison.word)
            writer.member("order", settings.order.word)
            if !settings.filter.header.isEmpty {
                writer.member("where", Array("\(settings.filter.header):".utf8) + settings.filter.value)
            }
        }
        writer.member("topic", topic)
    }
}
