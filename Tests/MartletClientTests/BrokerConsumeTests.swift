// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletLock
import MartletTestKit
import Testing

@Suite("Consuming from a broker", .timeLimit(.minutes(10))) struct BrokerConsumeTests {
    @Test(arguments: [1, 3])
    func `no more handlers run at a time than was asked for, and as many do`(_ concurrency: Int) async throws {
        try await OnBroker.run { _, client in
            let running = Lock((now: 0, most: 0))
            let started = Recorder<String>()
            let handled = Recorder<String>()
            let go = Turnstile()
            for number in 0..<20 { try await client.publish("orders", "\(number)") }
            try await alongside {
                try await client.consume("orders", as: "s", from: .earliest, concurrency: concurrency) { message in
                    running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                    started.append(message.text)
                    try await go.pass()
                    running.withLock { $0.now -= 1 }
                    handled.append(message.text)
                }
            } _: {
                try await started.wait(for: concurrency)
                go.open()
                try await handled.wait(for: 20)
            }
            #expect(running.withLock { $0.most } == concurrency)
            #expect(Set(handled.all) == Set((0..<20).map(String.init)))
            #expect(handled.all.count == 20)
        }
    }

    @Test func `a message whose handler returned does not come again`() async throws {
        try await OnBroker.run { _, client in
            for number in 0..<50 { try await client.publish("orders", "\(number)") }
            let handled = Recorder<String>()
            try await OnBroker.client(client.configuration.addresses[0].port) { worker in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await worker.consume("orders", as: "s", from: .earliest) { handled.append($0.text) }
                    }
                    try await handled.wait(for: 50)
                    worker.shutDown()
                    try await group.waitForAll()
                }
            }
            #expect(try await client.rest("orders", as: "s").map(\.text) == [])
        }
    }

    @Test func `a message has all that its publisher gave it`() async throws {
        let clock = ManualClock(wall: 1_790_000_000_123)
        try await OnBroker.run(clock: clock) { _, client in
            let odd = "ä/%2F=,;"
            _ = try await client.publish(
                Draft(
                    "orders", body: [0, 10, 13, 255], id: odd, key: "k1", process: "p:1", cause: "c,2",
                    headers: ["Tenant": "north east", "x": ""]))
            _ = try await client.publish(Draft("orders", body: []))
            let messages = Recorder<Message>()
            try await alongside {
                try await client.consume("orders", as: "s", from: .earliest, concurrency: 1) { messages.append($0) }
            } _: {
                try await messages.wait(for: 2)
            }
            let first = messages.all[0]
            #expect([first.topic, first.subscription] == ["orders", "s"])
            #expect(first.offset == 1)
            #expect(first.attempt == 1)
            #expect(first.time == 1_790_000_000_123)
            #expect([first.id, first.key, first.process, first.cause] == [odd, "k1", "p:1", "c,2"])
            #expect(first.headers == ["Tenant": "north east", "x": ""])
            #expect(first.body == [0, 10, 13, 255])
            #expect(first.receipt == nil)
            #expect(!first.isRedelivered)
            #expect(first.idempotencyKey == "orders/s/\(odd)")
            let second = messages.all[1]
            #expect(second.body == [])
            #expect(second.headers.isEmpty)
            #expect([second.key, second.process, second.cause] == [nil, nil, nil])
        }
    }

    @Test func `a subscription begins where it is told to`() async throws {
        let clock = ManualClock()
        try await OnBroker.run(clock: clock) { _, client in
            for text in ["a", "b", "c"] {
                try await client.publish("orders", text)
                clock.advance(by: 1_000)
            }
            let starts: [(String, StartPosition, [String])] = [
                ("s1", .earliest, ["a", "b", "c"]), ("s2", .offset(3), ["c"]),
                ("s3", .time(1_790_000_001_000), ["b", "c"]), ("s4", .time(1_790_000_001_001), ["c"]),
            ]
            for (subscription, start, texts) in starts {
                let seen = Recorder<String>()
                try await alongside {
                    try await client.consume("orders", as: subscription, from: start, concurrency: 1) {
                        seen.append($0.text)
                    }
                } _: {
                    try await seen.wait(for: texts.count)
                }
                #expect(seen.all == texts, "\(start)")
            }
        }
    }

    @Test func `a subscription that begins at what is new leaves out what was there`() async throws {
        try await OnBroker.link { _, link, client in
            try await client.publish("orders", "old")
            let replies = await link.tap(.broker)
            let seen = Recorder<String>()
            try await alongside {
                try await client.consume("orders", as: "s", from: .new) { seen.append($0.text) }
            } _: {
                try await replies.wait { $0.contains("OK created lease=30s") }
                try await client.publish("orders", "new")
                try await seen.wait(for: 1)
            }
            #expect(seen.all == ["new"])
        }
    }

    @Test func `a consumer of a subscription that is not there is told so`() async throws {
        try await OnBroker.run { _, client in
            try await client.publish("orders", "a")
            let error = await #expect(throws: ClientError.self) {
                try await client.consume("orders", as: "s") { _ in }
            }
            #expect(error?.code.refusal == "start-required")
            // The client and its other consumers go on.
            #expect(try await client.rest("orders", as: "s").map(\.text) == ["a"])
        }
    }

    @Test(arguments: [0, 10_001])
    func `a concurrency past the limits is refused before anything is sent`(_ concurrency: Int) async throws {
        let client = try Client(OnBroker.configuration(1))
        let error = await #expect(throws: ClientError.self) {
            try await client.consume("orders", as: "s", concurrency: concurrency) { _ in }
        }
        #expect(error?.code == .badArgument)
    }

    @Test func `consumers of one client do not disturb each other`() async throws {
        try await OnBroker.run { _, client in
            let orders = Recorder<String>()
            let returns = Recorder<String>()
            try await alongside {
                try await client.consume("orders", as: "s", from: .earliest, concurrency: 2) { orders.append($0.text) }
            } _: {
                try await alongside {
                    try await client.consume("returns", as: "s", from: .earliest) { returns.append($0.text) }
                } _: {
                    for number in 0..<10 {
                        try await client.publish("orders", "o\(number)")
                        try await client.publish("returns", "r\(number)")
                    }
                    try await returns.wait(for: 10)
                    try await orders.wait(for: 10)
                }
                // The one goes on when the other has ended.
                try await client.publish("returns", "r10")
                try await client.publish("orders", "o10")
                try await orders.wait(for: 11)
            }
            #expect(Set(orders.all) == Set((0...10).map { "o\($0)" }))
            #expect(Set(returns.all) == Set((0..<10).map { "r\($0)" }))
        }
    }

    @Test func `consumers of one subscription share its messages`() async throws {
        try await OnBroker.run { _, client in
            let started = Recorder<String>()
            let go = Turnstile()
            for number in 0..<2 { try await client.publish("orders", "\(number)") }
            let handler: @Sendable (Message) async throws -> Void = { message in
                started.append(message.line)
                try await go.pass()
            }
            try await alongside {
                try await client.consume("orders", as: "s", from: .earliest, concurrency: 1, handler)
            } _: {
                try await alongside {
                    try await client.consume("orders", as: "s", from: .earliest, concurrency: 1, handler)
                } _: {
                    // Each has one, as its window is full.
                    try await started.wait(for: 2)
                    go.open()
                }
            }
            #expect(Set(started.all) == ["0 1", "1 1"])
        }
    }

    @Test(arguments: [RunningBroker.Ending.graceful, .killed])
    func `a consumer survives restarts of the broker`(_ ending: RunningBroker.Ending) async throws {
        try await OnBroker.run { broker, client in
            let handled = Recorder<String>()
            try await alongside {
                try await client.consume("orders", as: "s", from: .earliest) { handled.append($0.text) }
            } _: {
                for round in 0..<3 {
                    try await client.publish("orders", "\(round)")
                    try await handled.wait { $0.contains("\(round)") }
                    try await broker.restart(ending)
                }
                try await client.publish("orders", "last")
                try await handled.wait { $0.contains("last") }
            }
            #expect(Set(handled.all) == ["0", "1", "2", "last"])
            #expect(try await client.rest("orders", as: "s").map(\.text) == [])
        }
    }

    @Test func `a delivery that comes twice is one delivery`() async throws {
        try await OnBroker.link { _, link, client in
            await link.repeatMessage(times: 3)
            let lines = Recorder<String>()
            let go = Turnstile()
            for text in ["a", "b", "c", "d"] { try await client.publish("orders", text) }
            try await alongside {
                try await client.consume("orders", as: "s", from: .earliest, concurrency: 4) { message in
                    lines.append(message.line)
                    try await go.pass()
                }
            } _: {
                // The repeats have come before the last, as the loop takes them in their order.
                try await lines.wait { $0.contains("d 1") }
                go.open()
            }
            #expect(await link.counts.repeatedMessages == 3)
            #expect(lines.all.sorted() == ["a 1", "b 1", "c 1", "d 1"])
            #expect(try await client.rest("orders", as: "s").map(\.line) == [])
        }
    }

    @Test func `a handler that runs when the broker is killed is cancelled, and its message comes again`() async throws
    {
        try await OnBroker.run { broker, client in
            let runs = Recorder<String>()
            let cancelled = Recorder<String>()
            let never = Turnstile()
            try await client.publish("orders", "a")
            try await alongside {
                try await client.consume("orders", as: "s", from: .earliest) { message in
                    runs.append(message.text)
                    guard runs.all.count == 1 else { return }
                    do { try await never.pass() } catch {
                        cancelled.append("\(type(of: error))")
                        throw error
                    }
                }
            } _: {
                try await runs.wait(for: 1)
                try await broker.restart(.killed)
                try await runs.wait(for: 2)
            }
            #expect(cancelled.all == ["CancellationError"])
        }
    }
}
