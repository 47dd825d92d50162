// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletService

/// All topics and subscriptions, as several answers of the broker told them one after another.
struct FullSurvey: Sendable {
    /// When it was complete.
    var time: ContinuousClock.Instant
    /// The broker as a whole.
    var broker: BrokerInfo
    /// The topics, in the order of their names.
    var topics: [Survey.Topic]
    /// What happened since the start.
    var counts: BrokerCounts
    /// How much there is now, for those who may see all of it.
    var levels: BrokerLevels?
    /// What goes on per second, once that is known.
    var rates: Rates?

    /// What goes on per second.
    struct Rates: Sendable {
        /// Messages that were published.
        var published: UInt64
        /// Messages that were delivered.
        var delivered: UInt64
        /// Deliveries that ended by their consumers.
        var settled: UInt64
    }

    /// Topics and subscriptions that are asked for at once: few enough that no other client waits for the answer.
    private static let part = 50

    /// Asks the broker for everything, part by part.
    static func take(_ caller: Caller) async throws -> FullSurvey {
        guard case .reply(.broker(let broker)) = try await caller.ask(.info(.broker)) else { throw unexpected }
        var topics: [Survey.Topic] = []
        var (counts, levels) = (BrokerCounts(), BrokerLevels?.none)
        var place: SurveyPlace? = .start
        while let after = place {
            guard case .reply(.survey(let some)) = try await caller.ask(.info(.survey(limit: part, after: after)))
            else {
                throw unexpected
            }
            for topic in some.topics {
                if let last = topics.indices.last, topics[last].info.id == topic.info.id {
                    topics[last].subscriptions += topic.subscriptions
                } else {
                    topics.append(topic)
                }
            }
            place = some.next
            (counts, levels) = (some.counts, some.levels)
        }
        topics.sort { $0.info.name < $1.info.name }
        for index in topics.indices { topics[index].subscriptions.sort { $0.info.name < $1.info.name } }
        return FullSurvey(time: .now, broker: broker, topics: topics, counts: counts, levels: levels)
    }

    /// Sums from which rates are made, those of the broker's own topics not counted.
    struct Sums: Sendable {
        /// Messages that were published.
        var published: UInt64 = 0
        /// Messages that were delivered since the start.
        var delivered: UInt64 = 0
        /// Deliveries that ended by their consumers since the start.
        var settled: UInt64 = 0

        /// What goes on per second, when these came so many seconds after others.
        func rates(since earlier: Sums, seconds: Double) -> Rates {
            func rate(_ now: UInt64, _ before: UInt64) -> UInt64 {
                UInt64((Double(now - min(now, before)) / seconds).rounded())
            }
            return Rates(
                published: rate(published, earlier.published), delivered: rate(delivered, earlier.delivered),
                settled: rate(settled, earlier.settled))
        }
    }

    /// The sums of all topics.
    var sums: Sums {
        var sums = Sums()
        for topic in topics where !topic.info.name.hasPrefix("$") {
            sums.published += topic.published
            for subscription in topic.subscriptions {
                sums.delivered += subscription.counts.delivered
                sums.settled += subscription.counts.settled
            }
        }
        return sums
    }

    private static var unexpected: Refusal { Refusal(.internal, "the broker answered something else") }
}
