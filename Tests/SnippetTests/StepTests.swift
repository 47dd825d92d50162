// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletJSON
import MartletTestKit
import Testing

// snippet: steps-reserve
/// Takes what an order costs off the customer's credit, or sends the order to a person.
func reserve(_ client: Client) async throws {
    try await client.step("shop.orders", as: "credit", from: .earliest) { message, step in
        let order = try order(in: message)
        let credit = try await step.record("credit", order.customer)?.decode(Int.self) ?? 0
        guard credit >= order.cents else {
            return step.publish(try Draft("decisions", json: order, process: order.number))
        }
        try step.set("credit", order.customer, json: credit - order.cents)
        step.publish(try Draft("accepted", json: order, process: order.number))
    }
}
// snippet end

// snippet: steps-reject
/// The order in a message; a message that holds none never will, so it becomes a dead letter at once.
func order(in message: Message) throws -> Order {
    do {
        return try message.decode()
    } catch {
        throw HandlerFailure.reject(code: "no-order", note: "\(error)")
    }
}
// snippet end

/// What is done to the first of two messages, and what comes of it.
struct StepCase: CustomTestStringConvertible {
    var testDescription: String
    var runs: ClosedRange<Int>
    var throwing: @Sendable (FaultyLink) async -> Void
}

@Suite("Steps", .timeLimit(.minutes(10))) struct StepTests {
    static let cases = [
        StepCase(testDescription: "the connection ends at the message", runs: 1...1) {
            await $0.drop(.before, .broker) { $0.word == "MSG" }
        },
        StepCase(testDescription: "the connection ends within the transaction", runs: 2...2) {
            await $0.drop(.after, .client) { $0.word == "SET" }
        },
        StepCase(testDescription: "the connection ends before the commit", runs: 2...2) {
            await $0.drop(.before, .client) { $0.word == "COMMIT" }
        },
        StepCase(testDescription: "the connection ends after the commit", runs: 1...1) {
            await $0.drop(.after, .client) { $0.word == "COMMIT" }
        },
        StepCase(testDescription: "the answer to the commit is lost", runs: 1...1) { await $0.loseReply(to: "COMMIT") },
        StepCase(testDescription: "the message is repeated", runs: 1...3) { await $0.repeatMessage() },
    ]

    @Test(arguments: cases, [nil, Duration.seconds(10)])
    func `a step happens once`(_ fault: StepCase, _ grace: Duration?) async throws {
        try await onLink { _, link, client, calm in
            await fault.throwing(link)
            let runs = Recorder<String>()
            try await calm.say("in", "first")
            try await beside {
                let options = ConsumerOptions(grace: grace, backoff: [.milliseconds(1)])
                try await client.step("in", as: "s", from: .earliest, concurrency: 2, options: options) {
                    runs.append($0.text)
                    let count = try await $1.record("counts", $0.text)?.number ?? 0
                    $1.set("counts", $0.text, to: Array("\(count + 1)".utf8))
                    $1.publish(Draft("out", body: $0.body))
                }
            } _: {
                #expect(try await calm.bodies("out", until: "first") == ["first"])
                try await calm.say("in", "last")
                #expect(try await calm.bodies("out", until: "last") == ["last"])
                #expect(try await calm.record("counts", "first")?.number == 1)
                #expect(fault.runs.contains(runs.all.filter { $0 == "first" }.count))
            }
        }
    }

    @Test func `a broker that is killed while the handler runs gets the step once`() async throws {
        try await onLink { broker, _, client, calm in
            let runs = Recorder<Int>()
            try await beside {
                try await client.step("in", as: "s", from: .earliest) { message, step in
                    runs.append(message.attempt)
                    let count = try await step.record("counts", "all")?.number ?? 0
                    if runs.all.count == 1 { try await broker.restart(.killed) }
                    step.set("counts", "all", to: Array("\(count + 1)".utf8))
                    step.publish(Draft("out", body: message.body))
                }
            } _: {
                try await calm.say("in", "first")
                #expect(try await calm.bodies("out", until: "first") == ["first"])
                #expect(try await calm.record("counts", "all")?.number == 1)
                #expect(runs.all.count == 2)
            }
        }
    }

    @Test func `a handler whose lease runs out is cancelled, and the message comes again`() async throws {
        let clock = ManualClock()
        try await onLink(clock: clock) { _, _, client, calm in
            let runs = Recorder<String>()
            try await beside {
                let options = ConsumerOptions(lease: .seconds(10), backoff: [.zero])
                try await client.step("in", as: "s", from: .earliest, options: options) { message, step in
                    runs.append("begun")
                    guard runs.all.count > 1 else {
                        clock.advance(by: 10_000)
                        try await Recorder<Int>().wait(for: 1)
                        return
                    }
                    step.publish(Draft("out", body: message.body))
                }
            } _: {
                try await calm.say("in", "first")
                try await runs.wait(for: 2)
                #expect(try await calm.bodies("out", until: "first") == ["first"])
            }
        }
    }

    @Test func `a record that another consumer changed has the handler run again`() async throws {
        try await onLink { _, _, client, calm in
            let runs = Recorder<Int>()
            try await beside {
                try await client.step("in", as: "s", from: .earliest) { message, step in
                    let count = try await step.record("counts", "all")?.number ?? 0
                    runs.append(count)
                    if runs.all.count == 1 { try await calm.setRecord("counts", "all", to: [0x37], expecting: .any) }
                    step.set("counts", "all", to: Array("\(count + 1)".utf8))
                    step.publish(Draft("out", body: message.body))
                }
            } _: {
                try await calm.say("in", "first")
                #expect(try await calm.bodies("out", until: "first") == ["first"])
                #expect(runs.all == [0, 7])
                #expect(try await calm.record("counts", "all")?.number == 8)
            }
        }
    }

    @Test(arguments: [true, false])
    func `a record that was only read is looked at by the commit, if it is to be`(_ checked: Bool) async throws {
        try await onLink { _, _, client, calm in
            let runs = Recorder<Int>()
            try await beside {
                try await client.step("in", as: "s", from: .earliest) { message, step in
                    runs.append(try await step.record("counts", "all", checked: checked)?.number ?? 0)
                    if runs.all.count == 1 { try await calm.setRecord("counts", "all", to: [0x37], expecting: .any) }
                    step.publish(Draft("out", body: message.body))
                }
            } _: {
                try await calm.say("in", "first")
                #expect(try await calm.bodies("out", until: "first") == ["first"])
                #expect(runs.all == (checked ? [0, 7] : [0]))
            }
        }
    }

    @Test func `a step sees what it has set`() async throws {
        try await onBroker { client in
            try await client.setRecord("sums", "ann", to: Array("3".utf8), expecting: .absent)
            try await beside {
                try await client.step("in", as: "s", from: .earliest) { message, step in
                    for number in [100, 20] {
                        let sum = try await step.record("sums", "ann")?.number ?? 0
                        step.set("sums", "ann", to: Array("\(sum + number)".utf8))
                    }
                    step.publish(Draft("out", body: message.body))
                }
            } _: {
                try await client.say("in", "first")
                #expect(try await client.bodies("out", until: "first") == ["first"])
                #expect(try await client.record("sums", "ann")?.number == 123)
            }
        }
    }

    @Test func `an id that comes again after the window of repeats is known by its receipt`() async throws {
        let clock = ManualClock()
        try await onLink(clock: clock) { _, _, client, calm in
            let runs = Recorder<UInt64>()
            try await beside {
                try await client.step("in", as: "s", from: .earliest, concurrency: 1) { message, step in
                    runs.append(message.offset)
                    step.publish(Draft("out", body: message.body))
                }
            } _: {
                try await calm.say("in", "first", id: "i")
                #expect(try await calm.bodies("out", until: "first") == ["first"])
                clock.advance(by: 86_400_001)
                #expect(try await calm.say("in", "first", id: "i") == Publication(offset: 2))
                try await calm.say("in", "last")
                #expect(try await calm.bodies("out", until: "last") == ["last"])
                #expect(runs.all == [1, 3])
            }
        }
    }

    @Test func `credit is taken once, and what is no order is a dead letter`() async throws {
        try await onBroker { client in
            try await client.setRecord("credit", "ann", to: Array("100".utf8), expecting: .absent)
            try await beside {
                try await reserve(client)
            } _: {
                try await client.say("shop.orders", "nonsense")
                try await place(Order(number: "1", customer: "ann", cents: 70), with: client)
                #expect(try await firstOrder("accepted", client) == "1")
                try await place(Order(number: "2", customer: "ann", cents: 70), with: client)
                #expect(try await firstOrder("decisions", client) == "2")
                #expect(try await client.record("credit", "ann")?.number == 30)
                #expect(try await client.bodies("$dead.shop.orders.credit", until: "nonsense") == ["nonsense"])
            }
        }
    }

    private func firstOrder(_ topic: String, _ client: Client) async throws -> String? {
        for try await delivery in try client.deliveries(topic, as: "test", from: .earliest) {
            try await delivery.ack()
            #expect(delivery.message.process != nil)
            return try delivery.message.decode(Order.self).number
        }
        return nil
    }
}
