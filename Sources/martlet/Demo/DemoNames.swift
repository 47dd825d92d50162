// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How the things of one run are called, so that runs on one broker do not meet.
struct DemoNames: Sendable, Equatable {
    /// The run.
    let run: String

    /// The space of the records; the run is in front of their keys.
    static let space = "demo"
    /// Where requests arrive.
    var requests: String { "demo.requests.\(run)" }
    /// Where the model's doubts go.
    var review: String { "demo.review.\(run)" }
    /// Where people's decisions come back.
    var decisions: String { "demo.decisions.\(run)" }
    /// Where answers are published.
    var answers: String { "demo.answers.\(run)" }

    /// The subscriptions, by topic.
    var subscriptions: [(topic: String, name: String)] {
        [(requests, "classify"), (review, "person"), (decisions, "decide"), (answers, "mail")]
    }

    /// What the keys of all records begin with.
    var keyPrefix: String { "\(run)/" }

    /// The key of a request's record.
    func key(_ request: Int) -> String { "\(keyPrefix)\(request)" }

    /// The request of a record's key.
    func request(ofKey key: String) -> Int? {
        key.hasPrefix(keyPrefix) ? Int(key.dropFirst(keyPrefix.count)) : nil
    }

    /// The id under which a request arrives.
    func id(of arrival: DemoPlan.Arrival) -> String { "\(run)-request-\(arrival.request)-\(arrival.copy)" }
}
