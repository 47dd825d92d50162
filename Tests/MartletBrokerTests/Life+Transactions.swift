// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// Transactions in a random life: right in all, or wrong in one command and then without any effect.
extension Life {
    /// What a transaction holds, and what it has to be answered.
    private struct Plan {
        var commands: [(inout CommandGatherer) -> Void] = []
        var offsets: [UInt64] = []
        var duplicates: [Int] = []
        /// The first thing that is wrong with it.
        var problem: String?

        mutating func add(_ answer: String = "OK", _ command: @escaping (inout CommandGatherer) -> Void) {
            commands.append(command)
            let words = answer.split(separator: " ")
            if words[0] == "ERR", problem == nil { problem = "\(commands.count):\(words[1])" }
        }

        var answer: String {
            if let problem { return "ERR tx \(problem)" }
            return "OK \(commands.count)" + (offsets.isEmpty ? "" : " offsets=\(offsets)")
                + (duplicates.isEmpty ? "" : " dups=\(duplicates)")
        }
    }

    /// A transaction of a consumer, committed or aborted.
    mutating func transact() throws -> String? {
        guard let consumer = pickConsumer() else { return nil }
        let before = model
        var plan = Plan()
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            switch Int.random(in: 0..<5, using: &random) {
            case 0: planPublish(in: &plan)
            case 1, 2: planSettle(of: consumer, in: &plan)
            case 3: planRecord(in: &plan)
            default: planReceipt(of: consumer, in: &plan)
            }
        }
        let isCommitted = !isOne(in: 5)
        if !isCommitted || plan.problem != nil { model = before }
        nextTransaction += 1
        let id = isOne(in: 3) ? Array("tx-\(nextTransaction)".utf8) : nil
        try harness.send(consumer.connection) { commands in
            commands.add(.begin(id: id, refusal: nil))
            for command in plan.commands { command(&commands) }
            commands.add(isCommitted ? .commit : .abort)
        }
        let heard = harness.heard(consumer.connection)
        // What dies takes room; how much is the broker's to say.
        if cutsSteps, let refusal = heard.last, refusal.hasPrefix("ERR tx "), refusal.hasSuffix(":limit") {
            plan.problem = String(refusal.dropFirst(7))
            model = before
        }
        let expected =
            ["OK"] + plan.commands.map { _ in "QUEUED" } + [isCommitted ? plan.answer : "OK"]
        if heard != expected { return "a transaction was answered \(heard), not \(expected)" }
        if let problem = try checkRecords() { return problem }
        guard let id else { return nil }
        // A full store does not note that nothing happened.
        let outcome =
            isCommitted && plan.problem == nil ? "committed" : model.isFull ? "unknown" : "aborted"
        return try send(1, .outcome(id: id), expecting: "OK \(outcome)")
    }

    private mutating func planPublish(in plan: inout Plan) {
        let topic = pickTopic()
        // What the transaction itself settles makes room only once it is committed.
        guard model.topics[topic]?.canBeFull != true else { return }
        let draft = isOne(in: 2) ? drawDraft() : drawRepeat()
        if model.topics[topic] == nil { _ = model.createTopic(topic) }
        let answer = model.answer(to: draft, on: topic)
        plan.add(answer) { $0.publish(topic, draft.body, id: draft.id) }
        if answer.hasPrefix("OK ") {
            plan.offsets.append(model.topics[topic]?.next ?? 0)
            model.topics[topic]?.append(draft, at: model.now)
        } else if let known = model.topics[topic]?.known(draft.id, at: model.now) {
            plan.offsets.append(known.offset)
            plan.duplicates.append(plan.commands.count)
        }
    }

    private mutating func planSettle(of consumer: ReferenceModel.Consumer, in plan: inout Plan) {
        var request = drawSettle(of: consumer)
        let tag = isOne(in: 20) ? Self.neverGiven : request.tags[0].lowerBound
        request.tags = [tag...tag]
        let isHeld = model.tags(of: consumer).contains(tag)
        let answer = isHeld ? model.isRefused(request, of: consumer) ? "ERR full" : "OK" : "ERR lease-lost"
        if isHeld { _ = model.settle(request, on: consumer.connection) }
        plan.add(answer) { [request] in $0.add(.settle(request)) }
    }

    private mutating func planRecord(in plan: inout Plan) {
        guard let key = drawKey() else { return }
        let (value, expected, lifetime) = (drawValue(), drawVersion(key), drawLifetime())
        let answer =
            model.isFull ? "ERR full" : model.records.set(key, value, expected, lifetime: lifetime, at: model.now)
        plan.add(answer) { $0.add(Self.set(key, value, expected, lifetime: lifetime)) }
    }

    private mutating func planReceipt(of consumer: ReferenceModel.Consumer, in plan: inout Plan) {
        let receipt = drawReceipt(of: consumer)
        plan.add(model.write(receipt, on: consumer.connection)) { $0.add(.receipt(receipt)) }
    }
}
