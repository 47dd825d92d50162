// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// Reads back what a run has left behind, with plain lines of the protocol: not through what is to be proved.
struct DemoReader {
    private static let page = 1_000

    let names: DemoNames
    let connection: LineConnection

    /// Connects.
    init(names: DemoNames, port: Int) throws {
        self.names = names
        connection = try LineConnection(host: "127.0.0.1", port: port, name: "demo-proof")
    }

    /// How many messages are not settled, and how many became dead letters.
    func backlog() throws -> (unsettled: Int, dead: Int) {
        var (unsettled, dead) = (0, 0)
        for (topic, name) in names.subscriptions {
            let json: JSONValue
            do {
                json = try ask("INFO subscription \(topic) \(name)")
            } catch let error as ClientError
                where ["unknown-topic", "unknown-subscription"].contains(error.code.refusal)
            {
                // Nobody was in doubt, so there is nothing to decide.
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
            let value = try connection.request("GET \(DemoNames.space) \(key)").data
            if let request = names.request(ofKey: key), let state = RequestState(value) {
                evidence.states[request] = state
            } else {
                evidence.strangeKeys.append(key)
            }
        }
        return evidence
    }

    private func answers() throws -> [DemoBody] {
        var answers: [DemoBody] = []
        var next = 1
        while true {
            let messages = try ask("PEEK \(names.answers) \(next) limit=\(Self.page)").array
            for message in messages {
                // What is no answer counts as one to a request that nobody made.
                answers.append(message["body"]?.string.flatMap { DemoBody($0) } ?? DemoBody(0))
            }
            guard let last = messages.last?["offset"]?.integer else { return answers }
            next = last + 1
        }
    }

    private func keys() throws -> [String] {
        var keys: [String] = []
        while true {
            let after = keys.last.map { " after=\($0)" } ?? ""
            let records = try ask(
                "LIST \(DemoNames.space) prefix=\(names.keyPrefix) limit=\(Self.page)\(after)"
            ).array
            guard !records.isEmpty else { return keys }
            keys += records.compactMap { $0["key"]?.string }
        }
    }

    private func ask(_ line: String) throws -> JSONValue {
        let data = try connection.request(line).data
        guard let value = try? JSONValue.parse(data) else {
            throw ClientError(.protocolViolation, "the answer to '\(line)' is not JSON")
        }
        return value
    }
}

extension JSONValue {
    fileprivate subscript(name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }
    fileprivate var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    fileprivate var string: String? { if case .string(let value) = self { value } else { nil } }
    fileprivate var array: [JSONValue] { if case .array(let values) = self { values } else { [] } }
}
