// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletModel

/// What waits in the subscriptions of some topics.
struct SubscriptionList {
    /// More subscriptions than this are listed only when they are asked for.
    static let most = 200
    /// So many are asked about at once.
    private static let piece = 100

    private let connection: BlockingConnection
    private let names: [(topic: String, subscription: String)]

    /// Prepares a list.
    ///
    /// - Parameter topics: the broker's answers about the topics; without them it is asked about all.
    init(_ connection: BlockingConnection, topics: [JSONValue]? = nil) throws {
        self.connection = connection
        let topics = try topics ?? connection.value(.info(.topics)).array ?? []
        names = topics.flatMap { topic in
            (topic["subscriptions"]?.array ?? []).compactMap(\.string).map { (topic["name"]?.string ?? "", $0) }
        }
    }

    /// The broker's JSON about each, as one array.
    func json() throws -> String {
        "[" + (try answers().map { String(decoding: $0, as: UTF8.self) }).joined(separator: ",") + "]"
    }

    /// A line for each.
    func table() throws -> String {
        guard !names.isEmpty else { return "no subscriptions\n" }
        let infos = try answers().compactMap { JSONValue($0) }
        return SubscriptionTable(infos).text
    }

    /// The subscriptions, without those that have gone since the topics were asked for.
    private func answers() throws -> [[UInt8]] {
        try ask(names.map { .info(.subscription(topic: $0.topic, name: $0.subscription)) }).compactMap { $0 }
    }

    private func ask(_ questions: [Command]) throws -> [[UInt8]?] {
        try stride(from: 0, to: questions.count, by: Self.piece).flatMap { start in
            try connection.data(Array(questions[start..<min(start + Self.piece, questions.count)]))
        }
    }
}
