// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletModel
import MartletProtocol

/// Reads back what a run has left behind with plain commands, not through what is to be proved.
struct DemoReader {
    private static let page = 1_000

    let names: DemoNames
    let connection: BlockingConnection

    /// Connects.
    init(names: DemoNames, port: Int) throws {
        self.names = names
        connection = try BlockingConnection(
            ClientConfiguration(addresses: [.init(host: "127.0.0.1", port: port)], name: "demo-proof"))
    }

    /// How many messages are not settled, and how many became dead letters.
    func backlog() throws -> (unsettled: Int, dead: Int) {
        var (unsettled, dead) = (0, 0)
        for (topic, name) in names.subscriptions {
            let json: JSONValue
            do {
                json = try ask(.info(.subscription(topic: topic, name: name)))
            } catch let error as ClientError
                where ["unknown-topic", "unknown-subscription"].contains(error.code.refusal)
            {
                // The model was sure of every request, so there is nothing to decide.
                continue
            }
            unsettled += json["backlog"]?.integer ?? 0
            dead += json["dead"]?.integer ?? 0
        }
        return (unsettled, dead)
    }

    /// Everything that can be read in the broker; the mails are elsewhere.
    func evidence(mails: [Mail]) throws -> DemoEvidence {
        var evidence = DemoEvidence(mails: mails)
        (evidence.unsettled, evidence.dead) = try backlog()
        evidence.answers = try answers()
        for key in try keys() {
            let value = try connection.request(.get(space: DemoNames.space, key: Array(key.utf8))).data
            if let request = names.request(ofKey: key), let state = RequestState(value) {
                evidence.states[request] = state
            } else {
                evidence.strangeKeys.append(key)
            }
        }
        return evidence
    }

    /// What the broker tells of one request, as `martlet why` and `martlet tree` print it.
    func story(of request: Int, life: DemoLife) throws -> DemoStory {
        let process = names.key(request)
        let id = names.id(of: DemoPlan.Arrival(time: 0, request: request, copy: 0, isRepeat: false, isDelayed: false))
        let suggestion = Suggestion(options: [])
        let message = MessageReference.id(Array(id.utf8))
        let why = try WhyCommand.report(
            try connection.data(.why(topic: names.requests, message: message, subscription: nil)),
            topic: names.requests, about: message, connection, suggestion)
        let tree = try ask(.tree(process: Array(process.utf8), limit: Limits.defaultTree))
        return DemoStory(
            request: request, life: life,
            why: (suggestion.command("why", names.requests, id), why.text),
            tree: (suggestion.command("tree", process), TreeDrawing(tree).text))
    }

    private func answers() throws -> [DemoBody] {
        var answers: [DemoBody] = []
        var next = 1
        while true {
            let messages = try ask(.peek(topic: names.answers, offset: UInt64(next), limit: Self.page)).array ?? []
            for message in messages {
                // What is no answer counts as one to a request that was not made.
                answers.append(message["body"]?.string.flatMap { DemoBody($0) } ?? DemoBody(0))
            }
            guard let last = messages.last?["offset"]?.integer else { return answers }
            next = last + 1
        }
    }

    private func keys() throws -> [String] {
        var keys: [String] = []
        while true {
            let list = ListRecords(
                space: DemoNames.space, prefix: Array(names.keyPrefix.utf8), after: Array((keys.last ?? "").utf8),
                limit: Self.page)
            let records = try ask(.list(list)).array ?? []
            guard !records.isEmpty else { return keys }
            keys += records.compactMap { $0["key"]?.string }
        }
    }

    private func ask(_ command: Command) throws -> JSONValue {
        guard let value = JSONValue(try connection.request(command).data) else {
            throw ClientError(.protocolViolation, "the broker's answer is not JSON")
        }
        return value
    }
}
