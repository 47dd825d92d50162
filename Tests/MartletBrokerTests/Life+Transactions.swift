// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

// Repeats, records and transactions in a random life.
extension Life {
    static func set(_ key: String, _ value: String, _ expected: RecordVersion) -> Command {
        .set(
            SetRecord(space: "s", key: Array(key.utf8), expected: expected, lifetime: nil, value: Array(value.utf8)))
    }

    /// One publish of a few ids and bodies, so that repeats and conflicts are common.
    private mutating func draw() -> (id: String, body: String) {
        ("id-\(Int.random(in: 0..<8, using: &random))", "body-\(Int.random(in: 0..<2, using: &random))")
    }

    /// What a publish with an id has to be answered; the model has taken it then.
    private mutating func expect(_ id: String, _ body: String) -> (reply: String, isTaken: Bool) {
        if let known = ids[id] { return (known.body == body ? "DUP \(known.offset)" : "ERR id-conflict", false) }
        publish(1)
        ids[id] = (published, body)
        return ("OK \(published)", true)
    }

    mutating func publishIdentified() throws -> String? {
        let drafts = (0..<Int.random(in: 1...4, using: &random)).map { _ in draw() }
        try harness.send(1) { commands in
            for (id, body) in drafts { commands.publish("orders", body, id: id) }
        }
        let expected = drafts.map { expect($0.id, $0.body).reply }
        let heard = harness.heard(1)
        return heard == expected ? nil : "\(drafts): heard \(heard) instead of \(expected)"
    }

    /// A transaction of a consumer: publishes, acks, a record; right in all, or wrong in one.
    mutating func transact() throws -> String? {
        guard let (connection, consumer) = consumers.sorted(by: { $0.key < $1.key }).randomElement(using: &random)
        else { return nil }
        let tags = (models[consumer.subscription]?.held ?? [:]).values.filter { $0.connection == connection }
            .map(\.tag).sorted()
        let before = (models: models, ids: ids, records: records, published: published)
        var isRight = true
        var requests: [(inout CommandGatherer) -> Void] = []
        var offsets: [UInt64] = []
        var duplicates: [Int] = []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                let (id, body) = draw()
                requests.append { $0.publish("orders", body, id: id) }
                let expected = expect(id, body)
                isRight = isRight && expected.reply != "ERR id-conflict"
                offsets.append(ids[id]?.offset ?? 0)
                if !expected.isTaken { duplicates.append(requests.count) }
            case 1:
                guard let tag = tags.randomElement(using: &random) else { continue }
                let isHeld =
                    models[consumer.subscription]?.held.values
                    .contains { $0.connection == connection && $0.tag == tag } ?? false
                isRight = isRight && isHeld
                requests.append { $0.ack(consumer: 1, first: tag, last: tag) }
                models[consumer.subscription]?.settle(.ack, connection, tag, delay: nil, at: harness.now.wall)
            case 2:
                // A tag that nobody was given.
                guard Int.random(in: 0..<6, using: &random) == 0 else { continue }
                isRight = false
                requests.append { $0.ack(consumer: 1, first: 1_000_000, last: 1_000_000) }
            default:
                let key = "k\(Int.random(in: 0..<3, using: &random))"
                let value = "v\(Int.random(in: 0..<100, using: &random))"
                let current = records[key]?.version ?? 0
                let expected = current + (Int.random(in: 0..<5, using: &random) == 0 ? 1 : 0)
                isRight = isRight && expected == current
                requests.append { $0.add(Self.set(key, value, .exactly(expected))) }
                records[key] = (current + 1, value)
            }
        }
        if !isRight { (models, ids, records, published) = before }
        let isCommitted = Int.random(in: 0..<5, using: &random) > 0
        if !isCommitted { (models, ids, records, published) = before }
        try harness.send(connection) { commands in
            commands.add(.begin(id: nil, refusal: nil))
            for request in requests { request(&commands) }
            commands.add(isCommitted ? .commit : .abort)
        }
        let heard = harness.heard(connection).last { !$0.hasPrefix("LOST") } ?? "nothing"
        if !isCommitted { return heard == "OK" ? nil : "an abort was answered \(heard)" }
        guard isRight else { return heard.hasPrefix("ERR tx ") ? nil : "a wrong transaction was answered \(heard)" }
        let expected =
            "OK \(requests.count)" + (offsets.isEmpty ? "" : " offsets=\(offsets)")
            + (duplicates.isEmpty ? "" : " dups=\(duplicates)")
        return heard == expected ? try checkRecords() : "a transaction was answered \(heard), not \(expected)"
    }

    /// Every record is what the model says.
    func checkRecords() throws -> String? {
        for number in 0..<3 {
            let key = "k\(number)"
            try harness.send(1, .get(space: "s", key: Array(key.utf8)))
            let heard = harness.heard(1)
            let expected = records[key].map { "DATA \($0.version) \($0.value)" } ?? "NIL"
            if heard != [expected] { return "the record \(key) is \(heard), not \(expected)" }
        }
        return nil
    }
}
