// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletModel

/// What waits in the subscriptions of some topics.
struct SubscriptionList {
    /// More subscriptions than this are listed only when they are asked for.
    static let most = 200

    private let connection: BlockingConnection
    private let names: [(topic: String, subscription: String)]

    /// Prepares a list.
    ///
    /// - Parameter topics: the broker's answers about the topics; without them it is asked about all.
    init(_ connection: BlockingConnection, topics: [JSONValue]? = nil) throws {
        self.connection = connection
        let topics = try topics ?? JSONValue(connection.info(.topics))?.array ?? []
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
        let numbers = ["backlog", "inFlight", "deferred", "parked", "dead", "lost", "consumers"]
        let rare: Set = ["parked", "lost"]
        let shown = numbers.filter { name in
            !rare.contains(name) || infos.contains { ($0[name]?.integer ?? 0) > 0 }
        }
        let header = ["topic", "subscription"] + shown.map(ReadableValue.label)
        let lines = infos.map { info in
            let note = info["paused"] == .bool(true) ? " (paused)" : ""
            return [info["topic"]?.string ?? "", (info["name"]?.string ?? "") + note]
                + shown.map { info[$0].map { ReadableValue.text($0, name: "") } ?? "" }
        }
        return TextTable.columns([header] + lines)
    }

    private func answers() throws -> [[UInt8]] {
        try names.compactMap { topic, name in
            do {
                return try connection.info(.subscription(topic: topic, name: name))
            } catch let error as ClientError
                where ["unknown-topic", "unknown-subscription"].contains(error.code.refusal)
            {
                // It has gone since the topics were asked for.
                return nil
            }
        }
    }
}
