// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// Inputs come faster than they become durable in a random life: several in one step, several steps before a flush.
extension Life {
    /// Replies that are due to connections, in order.
    private typealias Replies = [UInt64: [String]]

    mutating func hurry() throws -> String? {
        var expected: Replies = [:]
        // A commit makes durable what was committed before it.
        var (durable, confirmable) = (model, expected)
        var allCommit = true
        model.durable = model.topics.mapValues(\.next)
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let (before, expectedBefore, commits) = (model, expected, harness.store.commits)
            let inputs = (0..<Int.random(in: 1...3, using: &random)).compactMap { _ in drawInput(&expected) }
            try harness.step(inputs)
            if harness.store.commits > commits {
                (durable, confirmable) = (before, expectedBefore)
                model.durable = before.topics.mapValues(\.next)
            } else {
                allCommit = false
            }
            if let problem = collect() { return problem }
        }
        // Where steps are cut, a commit does not tell how much of the inputs it holds.
        if isOne(in: 3), !cutsSteps {
            let problem = check(harness.heardByAll(), within: allCommit ? confirmable : expected)
            return try problem ?? crash(to: durable)
        }
        model.durable = nil
        try harness.run([])
        let heard = harness.heardByAll()
        return heard == expected ? collect() : "\(heard) was answered, not \(expected)"
    }

    private func check(_ heard: Replies, within expected: Replies) -> String? {
        let early = heard.first { connection, lines in !(expected[connection] ?? []).starts(with: lines) }
        return early.map { "\($0) was answered before it was durable" }
    }

    /// Something that one connection says, which the model has taken then.
    private mutating func drawInput(_ expected: inout Replies) -> Input? {
        guard let consumer = pickConsumer(), !isOne(in: 4) else { return drawPublish(&expected) }
        let connection = consumer.connection
        let command: Command
        let answer: String
        // Behind a settle that is cut a command has to wait, which the model does not.
        switch Int.random(in: cutsSteps ? 2..<8 : 0..<8, using: &random) {
        case 0:
            let receipt = drawReceipt(of: consumer)
            (command, answer) = (.receipt(receipt), model.write(receipt, on: connection))
        case 1:
            let window = Int.random(in: 0...12, using: &random)
            command = .window(consumer: consumer.number, window: window)
            answer = model.setWindow(window, of: consumer.number, on: connection)
        case 2:
            let request = drawTouch(of: consumer)
            (command, answer) = (.touch(request), model.touch(request, on: connection))
        default:
            let request = drawSettle(of: consumer)
            (command, answer) = (.settle(request), model.settle(request, on: connection))
        }
        expected[connection, default: []].append(answer)
        return harness.input(connection) { $0.add(command) }
    }

    private mutating func drawPublish(_ expected: inout Replies) -> Input? {
        let topic = pickTopic()
        let drafts = (0..<Int.random(in: 1...3, using: &random)).map { _ in
            isOne(in: 3) ? drawRepeat() : drawDraft()
        }
        expected[1, default: []] += model.publish(drafts, to: topic)
        return harness.input(1) { commands in
            for draft in drafts { commands.publish(topic, draft.body, id: draft.id) }
        }
    }
}
