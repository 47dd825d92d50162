// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

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

/// The body of a message of the demonstration: a request, and what is said about it.
struct DemoBody: Sendable, Equatable {
    /// The request.
    var request: Int
    /// What it is, once that is known.
    var label: String?

    /// A body.
    init(_ request: Int, _ label: String? = nil) {
        self.request = request
        self.label = label
    }

    /// Reads a body; nil when it is none.
    init?(_ text: String) {
        let fields = text.split(separator: " ")
        guard (1...2).contains(fields.count), let request = Int(fields[0]) else { return nil }
        self.init(request, fields.count == 2 ? String(fields[1]) : nil)
    }

    /// What is published.
    var bytes: [UInt8] { Array((label.map { "\(request) \($0)" } ?? "\(request)").utf8) }
}

extension Message {
    /// The body of a message of the demonstration.
    ///
    /// - Throws: `HandlerFailure` that makes anything else a dead letter.
    func demoBody() throws -> DemoBody {
        guard let body = DemoBody(String(decoding: body, as: UTF8.self)) else {
            throw HandlerFailure.reject(code: "not-a-request")
        }
        return body
    }
}
