// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletTestKit
import Testing

@Suite("Leases of handlers", .timeLimit(.minutes(10))) struct BrokerLeaseTests {
    @Test(arguments: [true, false])
    func `the lease of a handler that runs is kept alive, whether named or not`(isNamed: Bool) async throws {
        let start: UInt64 = 1_790_000_000_000
        let clock = ManualClock(wall: start)
        try await OnBroker.link(clock: clock) { broker, link, client in
            let lease = ConsumerOptions(lease: .seconds(1), maxFailures: 1)
            if !isNamed {
                try await OnBroker.client(broker.port) { try await $0.make("orders", "s", with: lease) }
            }
            let replies = await link.tap(.broker)
            let lines = Recorder<String>()
            let go = Turnstile()
            try await client.publish("orders", "a")
            try await alongside {
                let options = isNamed ? lease : ConsumerOptions()
                try await client.consume("orders", as: "s", from: .earliest, options: options) { message in
                    lines.append(message.line)
                    try await go.pass()
                }
            } _: {
                try await lines.wait(for: 1)
                for round in 1...3 {
                    // Longer than the lease in all, and never longer than it between two signs of life.
                    clock.advance(by: 900)
                    let until = start + UInt64(round) * 900 + 1_000
                    try await replies.wait { $0.contains { $0.hasSuffix(" until=\(until)") } }
                }
                go.open()
                try await replies.wait { $0.contains("OK 1") }
            }
            #expect(lines.all == ["a 1"])
            // A sign of life behind the ack finds no lease; before it none was lost.
            #expect(replies.all.allSatisfy { !$0.hasPrefix("LOST") })
            #expect(try await client.rest("orders", as: "s").map(\.line) == [])
        }
    }

    @Test func `a handler that lost its lease is cancelled alone, and settles nothing`() async throws {
        let clock = ManualClock()
        try await OnBroker.link(clock: clock) { _, link, client in
            let commands = await link.tap(.client)
            let lines = Recorder<String>()
            let ends = Recorder<String>()
            let go = Turnstile()
            try await client.publish("orders", "a")
            try await alongside {
                // By the machine's clock the client's first sign of life is minutes away.
                let options = ConsumerOptions(lease: .seconds(1_000), backoff: [.milliseconds(1)])
                try await client.consume("orders", as: "s", from: .earliest, options: options) { message in
                    lines.append(message.line)
                    guard !message.isRedelivered else { return }
                    do {
                        try await go.pass()
                        ends.append("\(message.text) went on")
                    } catch {
                        ends.append("\(message.text) \(type(of: error))")
                        throw error
                    }
                }
            } _: {
                try await lines.wait(for: 1)
                clock.advance(by: 600_000)
                try await client.publish("orders", "b")
                try await lines.wait(for: 2)
                clock.advance(by: 400_000)
                // The lease of the first has run out, that of the second has ten minutes left.
                try await ends.wait(for: 1)
                clock.advance(by: 10)
                try await lines.wait(for: 3)
                go.open()
                try await ends.wait(for: 2)
            }
            #expect(lines.all == ["a 1", "b 1", "a 2"])
            #expect(ends.all == ["a CancellationError", "b went on"])
            let settles = commands.all.filter { !$0.hasPrefix("PUB") && $0.contains(" 1 1") }
            #expect(settles.filter { $0.hasPrefix("ACK") || $0.hasPrefix("NACK") || $0.hasPrefix("REL") } == [])
            #expect(try await client.rest("orders", as: "s").map(\.line) == [])
        }
    }

    @Test func `a handler that goes on without its lease has handled nothing`() async throws {
        let clock = ManualClock()
        try await OnBroker.run(clock: clock) { _, client in
            let lines = Recorder<String>()
            let go = Turnstile()
            let cancelled = Turnstile()
            try await client.publish("orders", "a")
            try await alongside {
                let options = ConsumerOptions(lease: .seconds(10), backoff: [.seconds(1)])
                try await client.consume("orders", as: "s", from: .earliest, options: options) { message in
                    lines.append(message.line)
                    guard !message.isRedelivered else { return }
                    try? await go.pass()
                    cancelled.open()
                }
            } _: {
                try await lines.wait(for: 1)
                clock.advance(by: 10_000)
                try await cancelled.pass()
                clock.advance(by: 1_200)
                try await lines.wait(for: 2)
            }
            #expect(lines.all == ["a 1", "a 2"])
        }
    }
}

extension Client {
    /// Makes a subscription with settings of its own.
    fileprivate func make(_ topic: String, _ subscription: String, with options: ConsumerOptions) async throws {
        try await publish(topic, "first")
        for try await delivery in try deliveries(topic, as: subscription, from: .earliest, options: options) {
            return try await delivery.ack()
        }
    }
}
