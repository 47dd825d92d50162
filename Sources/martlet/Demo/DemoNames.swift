// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// How the things of one run are called, so that runs on one broker do not meet.
struct DemoNames: Sendable, Equatable {
    /// The run.
    let run: String

    /// The space of the records; the run is in front of their keys.
    static let space = "demo"
    /// The subscription that answers requests.
    static let classify = "classify"
    /// Where the broker tells what waits for a person.
    static let parked = "$sys.message.parked"
    /// Where the broker tells what was not done in time.
    static let missed = "$sys.expect.missed"
    /// Where requests arrive.
    var requests: String { "demo.requests.\(run)" }
    /// Where answers are published.
    var answers: String { "demo.answers.\(run)" }
    /// The person's subscription.
    var people: String { "people-\(run)" }
    /// The colleague's subscription.
    var escalation: String { "escalation-\(run)" }

    /// The subscriptions that answer requests, by topic.
    var subscriptions: [(topic: String, name: String)] { [(requests, Self.classify), (answers, "mail")] }

    /// What the keys of all records begin with.
    var keyPrefix: String { "\(run)/" }

    /// The key of a request's record, and the name of its process.
    func key(_ request: Int) -> String { "\(keyPrefix)\(request)" }

    /// The request of a record's key.
    func request(ofKey key: String) -> Int? {
        key.hasPrefix(keyPrefix) ? Int(key.dropFirst(keyPrefix.count)) : nil
    }

    /// The id under which a request arrives.
    func id(of arrival: DemoPlan.Arrival) -> String { "\(run)-request-\(arrival.request)-\(arrival.copy)" }

    /// The request, and the offset of its message, that a message of the broker is about; nil when it is none of ours.
    func request(inEvent body: [UInt8]) -> (request: Int, offset: UInt64)? {
        guard let event = JSONValue(body), event["topic"]?.string == requests,
            let offset = event["offset"]?.integer, let request = event["process"]?.string.flatMap(request(ofKey:))
        else { return nil }
        return (request, UInt64(offset))
    }

    /// Sends a person's decision: the request's message is delivered again with it.
    func decide(_ offset: UInt64, _ label: String, _ client: Client, _ board: Scoreboard) async throws {
        do {
            try await client.administration.resolve(requests, Self.classify, offset, .retry, note: label)
            board.count { $0.decisions += 1 }
        } catch let error as ClientError where error.code == .refused("unknown-message") {
            // Another decision was there before it.
            board.count { $0.lateDecisions += 1 }
        }
    }
}
