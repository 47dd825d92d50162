// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletTestKit
import Testing

extension Step {
    /// Adds to a number, as a helper does that knows nothing of what else its step does.
    fileprivate func add(_ number: Int, to key: String) async throws {
        let sum = try await record("sums", key).map { Int(String(decoding: $0.value, as: UTF8.self)) ?? 0 } ?? 0
        set("sums", key, to: Array("\(sum + number)".utf8))
    }
}

@Suite("What steps read", .timeLimit(.minutes(10))) struct BrokerStepReadTests {
    private func text(_ record: Record?) -> String? { record.map { String(decoding: $0.value, as: UTF8.self) } }

    /// Runs a step for one message until it has published it to `out`.
    private func run(
        _ client: Client, options: ConsumerOptions = ConsumerOptions(),
        _ handler: @escaping @Sendable (Message, Step) async throws -> Void
    ) async throws {
        try await client.publish("orders", "a")
        try await alongside {
            try await client.step("orders", as: "s", from: .earliest, options: options) { message, step in
                try await handler(message, step)
                step.publish(Draft("out", body: message.body))
            }
        } _: {
            _ = try await client.drain("out", as: "look", until: "a")
        }
    }

    @Test func `a step sees what it has set`() async throws {
        try await OnBroker.run { _, client in
            try await run(client) { _, step in
                try await step.add(100, to: "ann")
                try await step.add(20, to: "ann")
                step.set("sums", "bob", to: Array("7".utf8))
                try await step.add(1, to: "bob")
                step.remove("sums", "eve")
                #expect(try await step.record("sums", "eve") == nil)
            }
            #expect(text(try await client.record("sums", "ann")) == "120")
            #expect(text(try await client.record("sums", "bob")) == "8")
        }
    }

    @Test func `a step that has set what it read still sees the change of another`() async throws {
        try await OnBroker.run { _, client in
            let runs = Recorder<Int>()
            try await client.setRecord("sums", "ann", to: Array("1".utf8), expecting: .absent)
            try await run(client) { _, step in
                try await step.add(1, to: "ann")
                runs.append(1)
                if runs.all.count == 1 { try await client.setRecord("sums", "ann", to: [0x39], expecting: .any) }
                try await step.add(1, to: "ann")
            }
            #expect(runs.all.count == 2)
            #expect(text(try await client.record("sums", "ann")) == "11")
        }
    }

    /// Two are on call; a step takes one off if the other is on, while the other goes off.
    private func takeOff(checked: Bool) async throws -> (runs: Int, ann: String?) {
        let runs = Recorder<String>()
        let ann = Recorder<String?>()
        try await OnBroker.run { _, client in
            for key in ["ann", "bob"] {
                try await client.setRecord("calls", key, to: Array("on".utf8), expecting: .absent)
            }
            try await run(client) { _, step in
                let bob = try await step.record("calls", "bob", checked: checked)
                runs.append(text(bob) ?? "")
                if runs.all.count == 1 { try await client.setRecord("calls", "bob", to: [0x2D], expecting: .any) }
                if text(bob) == "on" { step.set("calls", "ann", to: Array("off".utf8)) }
            }
            ann.append(text(try await client.record("calls", "ann")))
        }
        return (runs.all.count, ann.all[0])
    }

    @Test func `what a step has only read is checked at its commit`() async throws {
        let (runs, ann) = try await takeOff(checked: true)
        #expect(runs == 2)
        #expect(ann == "on")
    }

    @Test func `what a step reads unchecked may change meanwhile`() async throws {
        let (runs, ann) = try await takeOff(checked: false)
        #expect(runs == 1)
        #expect(ann == "off")
    }

    @Test func `a record that appears has the step run again that read its absence`() async throws {
        try await OnBroker.run { _, client in
            let runs = Recorder<Bool>()
            try await run(client) { _, step in
                runs.append(try await step.record("calls", "new") != nil)
                if runs.all.count == 1 { try await client.setRecord("calls", "new", to: [1], expecting: .absent) }
            }
            #expect(runs.all == [false, true])
        }
    }

    @Test func `checks count towards the limit of a step, and at the limit it is committed`() async throws {
        try await OnBroker.run { _, client in
            // The ack and the receipt are two of the thousand, and the message that tells the end is another.
            for (count, isTaken) in [(997, true), (998, false)] {
                let ends = Recorder<String>()
                try await client.publish("orders-\(count)", "a")
                try await alongside {
                    let options = ConsumerOptions(maxFailures: 1)
                    try await client.step("orders-\(count)", as: "s", from: .earliest, options: options) { _, step in
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for key in 0..<count { group.addTask { _ = try await step.record("none", "\(key)") } }
                            try await group.waitForAll()
                        }
                        step.publish(Draft("out-\(count)", body: Array("a".utf8)))
                    }
                } _: {
                    let topic = isTaken ? "out-\(count)" : "$dead.orders-\(count).s"
                    let message = try await client.drain(topic, as: "look", until: "a").last
                    ends.append(message?.headers["Martlet-Dead-Code"] ?? "taken")
                }
                #expect(ends.all == [isTaken ? "taken" : "bad-argument"])
            }
        }
    }

    @Test func `a rerun of a step sees the receipt that the run before it has written`() async throws {
        try await OnBroker.run { _, client in
            let calls = Recorder<String>()
            let seen = Recorder<String>()
            try await run(client) { message, step in
                seen.append(message.receipt ?? "none")
                if message.receipt == nil {
                    calls.append(message.idempotencyKey)
                    try await message.writeReceipt("charge-1")
                }
                _ = try await step.record("sums", "ann")
                if seen.all.count == 1 { try await client.setRecord("sums", "ann", to: [1], expecting: .any) }
                step.set("sums", "ann", to: [2])
            }
            #expect(calls.all.count == 1)
            #expect(seen.all == ["none", "charge-1"])
            #expect(try await client.record("sums", "ann")?.value == [2])
        }
    }
}
