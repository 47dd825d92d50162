// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletTestKit
import Testing

@Suite("Repeats, delays and order") struct OrderTests {
    @Test func `a repeated publish is stored twice and answered once`() async throws {
        try await linked { link, _ in
            let client = try PlainClient(link.port)
            await link.repeatPublish(skipping: 1)
            for body in ["a", "b", "c"] { client.say("PUB t 1", body) }
            client.say("PING")
            let replies = try (0..<4).map { _ in try client.reply() }
            #expect(replies == ["OK 1 subs=0", "OK 2 subs=0", "OK 4 subs=0", "PONG"])
            let counts = await link.counts
            #expect((counts.repeatedPublishes, counts.faults) == (1, 1))
            #expect(try client.ask("SUB 1 t s from=earliest") == "OK created lease=30s")
            let bodies = try (0..<4).map { _ in
                String(decoding: try client.push().bytes.dropLast(2).suffix(1), as: UTF8.self)
            }
            #expect(bodies == ["a", "b", "b", "c"])
            try client.checkQuiet()
        }
    }

    @Test func `a repeated message has the same tag, and both may be acked`() async throws {
        try await linked { link, _ in
            let client = try PlainClient(link.port)
            try client.publish("a", "one", "two", "three")
            await link.repeatMessage(skipping: 1)
            #expect(try client.ask("SUB 1 a s from=earliest") == "OK created lease=30s")
            #expect(try client.messages(4) == ["1 1 1", "2 2 1", "2 2 1", "3 3 1"])
            for tag in [1, 2, 2, 3] { #expect(try client.ask("ACK 1 \(tag)") == "OK 1") }
            try client.checkQuiet()
            let counts = await link.counts
            #expect((counts.repeatedMessages, counts.faults) == (1, 1))
        }
    }

    @Test func `held messages wait while replies go on`() async throws {
        try await linked { link, _ in
            let client = try PlainClient(link.port)
            await link.hold(.messages)
            #expect(try client.ask("SUB 1 a s from=new") == "OK created lease=30s")
            try client.publish("a", "one", "two")
            try await link.wait { $0.waitingFrames == 2 }
            try client.checkQuiet()
            await link.release(.messages)
            #expect(try client.messages(2) == ["1 1 1", "2 2 1"])
            try client.publish("a", "three")
            #expect(try client.messages(1) == ["3 3 1"])
            let counts = await link.counts
            #expect((counts.delayedFrames, counts.waitingFrames, counts.faults) == (2, 0, 2))
        }
    }

    @Test func `a lease runs out while its message is held`() async throws {
        let clock = ManualClock()
        try await linked(clock: clock) { link, _ in
            let client = try PlainClient(link.port)
            await link.hold(.messages)
            #expect(try client.ask("SUB 1 a s from=new lease=10s") == "OK created lease=10s")
            try client.publish("a", "one")
            try await link.wait { $0.waitingFrames == 1 }
            clock.advance(by: 10_000)
            try await link.wait { $0.waitingFrames == 2 }
            await link.release(.messages)
            #expect(try client.messages(2) == ["1 1 1", "LOST 1 1 timeout"])
            #expect(try client.ask("ACK 1 1") == "OK 0 lost=1")
        }
    }

    @Test func `all that one side says can be held`() async throws {
        try await linked { link, broker in
            let client = try PlainClient(link.port)
            await link.hold(.fromClient)
            for body in ["a", "b"] { client.say("PUB t 1", body) }
            try await link.wait { $0.waitingFrames == 2 }
            #expect(try PlainClient(broker.port).ask("PUB t 1", "c") == "OK 1 subs=0")
            await link.hold(.fromBroker)
            await link.release(.fromClient)
            try await link.wait { $0.waitingFrames == 2 && $0.delayedFrames == 4 }
            #expect(try PlainClient(broker.port).ask("PUB t 1", "d") == "OK 4 subs=0")
            await link.release(.fromBroker)
            #expect(try client.reply() == "OK 2 subs=0")
            #expect(try client.reply() == "OK 3 subs=0")
            #expect(await link.counts.faults == 4)
        }
    }

    @Test func `the end of a connection waits behind what is held`() async throws {
        try await linked { link, broker in
            let client = try PlainClient(link.port)
            await link.hold(.fromBroker)
            client.say("BYE")
            try await link.wait { $0.waitingFrames == 1 }
            try await broker.stop()
            await link.release(.fromBroker)
            #expect(try client.rest() == ["OK"])
        }
    }

    @Test func `a delay passes on by itself, in order`() async throws {
        try await linked { link, _ in
            let client = try PlainClient(link.port)
            await link.delay(.fromBroker, by: .milliseconds(5))
            for body in ["a", "b", "c"] { client.say("PUB t 1", body) }
            let replies = try (0..<3).map { _ in try client.reply() }
            #expect(replies == ["OK 1 subs=0", "OK 2 subs=0", "OK 3 subs=0"])
            let counts = await link.counts
            #expect((counts.delayedFrames, counts.waitingFrames, counts.faults) == (3, 0, 3))
            await link.delay(.messages, by: .seconds(86_400))
            await link.release(.fromBroker)
            #expect(try client.ask("SUB 1 t s from=earliest") == "OK created lease=30s")
            try await link.wait { $0.waitingFrames == 3 }
            try client.checkQuiet()
            await link.release(.messages)
            #expect(try client.messages(3) == ["1 1 1", "2 2 1", "3 3 1"])
        }
    }

    @Test func `two messages change places`() async throws {
        try await linked { link, _ in
            let client = try PlainClient(link.port)
            try client.publish("a", "1", "2", "3", "4")
            await link.swapMessages(skipping: 1)
            #expect(try client.ask("SUB 1 a s from=earliest") == "OK created lease=30s")
            #expect(try client.messages(4) == ["1 1 1", "3 3 1", "2 2 1", "4 4 1"])
            let counts = await link.counts
            #expect((counts.reorderedMessages, counts.faults) == (1, 1))
        }
    }

    @Test func `a message that waits for the next one does not wait forever`() async throws {
        try await linked { link, _ in
            let client = try PlainClient(link.port)
            #expect(try client.ask("SUB 1 a s from=new window=1") == "OK created lease=30s")
            await link.swapMessages(times: 2)
            try client.publish("a", "1", "2")
            // With a window of one, the next message comes only when this one is settled.
            #expect(try client.messages(1) == ["1 1 1"])
            #expect(try client.ask("ACK 1 1") == "OK 1")
            try client.checkQuietBut(["2 2 1"])
            #expect(await link.counts.reorderedMessages == 0)
        }
    }

    @Test func `messages are shuffled within windows of their consumer`() async throws {
        let orders = try await [7, 7, 8].asyncMap { seed in try await Self.shuffled(seed: seed) }
        #expect(orders[0] == orders[1])
        #expect(orders[0] != orders[2])
        for order in orders {
            #expect(order != order.sorted())
            for window in 0..<3 {
                #expect(Set(order[(window * 8)..<(window * 8 + 8)]) == Set(window * 8 + 1...window * 8 + 8))
            }
            #expect(order[24...].sorted() == [25, 26])
        }
    }

    private static func shuffled(seed: UInt64) async throws -> [Int] {
        try await TestBroker.run { port in
            try await FaultyLink.with(port) { link in
                try await withTaskExecutorPreference(WaitingExecutor.shared) {
                    let client = try PlainClient(link.port)
                    for body in 1...26 { try client.publish("a", "\(body)") }
                    await link.shuffleMessages(window: 8, seed: seed)
                    #expect(try client.ask("SUB 1 a s from=earliest window=26") == "OK created lease=30s")
                    let order = try client.messages(26).compactMap { Int($0.split(separator: " ")[1]) }
                    #expect(await link.counts.reorderedMessages > 0)
                    return order
                }
            }
        }
    }
}

extension PlainClient {
    /// Checks that these messages and nothing else were pushed.
    func checkQuietBut(_ expected: [String]) throws {
        #expect(try messages(expected.count) == expected)
        try checkQuiet()
    }
}

extension Sequence {
    func asyncMap<T>(_ transform: (Element) async throws -> T) async throws -> [T] {
        var results: [T] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
