// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A condition that was not met in time, and how it stood in the end.
public struct UnmetCondition: Error, CustomStringConvertible {
    /// What was waited for.
    public let condition: BrokerCondition
    /// What the broker counted last; nil when there was no such subscription, or no broker.
    public let counts: SubscriptionCounts?

    /// What was waited for, and what was there instead.
    public var description: String {
        let found = counts.map {
            "backlog \($0.backlog), inFlight \($0.inFlight), deferred \($0.deferred), dead \($0.dead), "
                + "consumers \($0.consumers)"
        }
        return "waited in vain for \(condition); there was \(found ?? "no such subscription")"
    }
}
