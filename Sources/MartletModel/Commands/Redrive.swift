// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The fields of `REDRIVE`: dead letters are to be delivered again to the subscription for which they died.
package struct Redrive: Equatable, Sendable {
    /// The topic's name.
    package var topic: String
    /// The subscription's name.
    package var subscription: String
    /// Which dead letters are meant; what is nil does not matter.
    package var filter = Filter()
    /// How many go a second.
    package var rate = 100
    /// How many go at most; nil is all.
    package var limit: UInt64?
    /// Whether they are only counted.
    package var isDryRun = false

    /// Which dead letters are meant.
    package struct Filter: Equatable, Sendable {
        /// The id.
        package var id: [UInt8]?
        /// Why they died.
        package var reason: String?
        /// The code of the last error.
        package var code: String?
        /// The key.
        package var key: [UInt8]?
        /// The first time of death, in Unix milliseconds.
        package var since: UInt64?
        /// The time before which they died, in Unix milliseconds.
        package var until: UInt64?

        /// The reasons of dead letters.
        package static let reasons = ["max-failures", "max-deliveries", "rejected", "expired", "lease-cap"]

        /// Makes a filter that means all.
        package init() {}
    }

    /// Makes a redrive of all dead letters of a subscription.
    package init(topic: String, subscription: String) {
        self.topic = topic
        self.subscription = subscription
    }
}
