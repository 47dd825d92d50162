// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

/// The broker at a glance.
struct Overview: JSONForm {
    private let survey: FullSurvey
    private let now: UInt64

    /// Takes the sums of a survey.
    ///
    /// - Parameter now: the time of day, in Unix milliseconds.
    init(_ survey: FullSurvey, now: UInt64 = WallTime.now) {
        self.survey = survey
        self.now = now
    }

    func write(to writer: inout JSONWriter) {
        let subscriptions = survey.topics.flatMap(\.subscriptions)
        let oldest = subscriptions.filter { !$0.info.topic.hasPrefix("$") && $0.oldest?.time != nil }
            .min { ($0.oldest?.time ?? .max) < ($1.oldest?.time ?? .max) }
        func sum(_ value: (SubscriptionInfo) -> UInt64) -> UInt64 {
            subscriptions.reduce(0) { $1.info.topic.hasPrefix("$") ? $0 : $0 + value($1.info) }
        }
        let sums = survey.sums
        writer.object { writer in
            writer.name("broker")
            survey.broker.write(to: &writer)
            if let oldest, let found = oldest.oldest {
                writer.name("oldest")
                writer.object { writer in
                    writer.member("offset", found.offset)
                    writer.member("subscription", oldest.info.name)
                    if let time = found.time { writer.member("time", time) }
                    writer.member("topic", oldest.info.topic)
                }
            }
            if let rates = survey.rates {
                writer.name("rates")
                writer.object { writer in
                    writer.member("delivered", rates.delivered)
                    writer.member("published", rates.published)
                    writer.member("settled", rates.settled)
                }
            }
            writer.member("time", now)
            writer.name("totals")
            writer.object { writer in
                writer.member("backlog", sum(\.backlog))
                writer.member("bytes", survey.topics.reduce(0) { $0 + $1.info.bytes })
                writer.member("consumers", sum { UInt64($0.consumers) })
                writer.member("dead", sum(\.dead))
                writer.member("delivered", sums.delivered)
                writer.member("deferred", sum(\.deferred))
                writer.member("inFlight", sum { UInt64($0.inFlight) })
                writer.member("lost", sum(\.lost))
                writer.member("messages", survey.topics.reduce(0) { $0 + $1.info.messages })
                writer.member("parked", sum(\.parked))
                writer.member("paused", sum { $0.paused ? 1 : 0 })
                writer.member("published", sums.published)
                writer.member("settled", sums.settled)
            }
        }
    }
}
