// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
import NIOCore
import Testing

@testable import MartletClient

/// What a client does when a broker is silent, stops, refuses it or talks nonsense.
struct ScriptTests {
    @Test func `a broker's PING is answered`() async throws {
        let broker = FakeBroker()
        try await FakeServer.with {
            .send(broker.answer($0))
        } _: { server in
            var frames = server.frames.makeAsyncIterator()
            try await Client.with(server.configuration(), logger: .silent) { _ in
                _ = await frames.next("HELLO")
                try await server.send("PING\r\n")
                #expect(await frames.next("PONG") != nil)
            }
        }
    }

    @Test func `a broker that falls silent is left for the next connection`() async throws {
        let broker = FakeBroker()
        let script: FakeServer.Script = { frame in
            if frame.connection > 0 { return .send(broker.answer(frame)) }
            return frame.word == "HELLO" ? .send("OK 1 fake/1 session=s max-body=10 heartbeat=1\r\n") : .silence
        }
        try await FakeServer.with(script) { server in
            var configuration = server.configuration()
            configuration.heartbeat = .seconds(1)
            let chosen = configuration
            var frames = server.frames.makeAsyncIterator()
            try await Client.with(chosen, logger: .silent) { client in
                // The first connection gives no sign of life; on a busy machine it is left before it is asked for one.
                #expect(await frames.next("HELLO")?.option("heartbeat") == "1")
                #expect(await frames.next("HELLO")?.connection == 1)
                let publication = try await client.publish(Draft("t", body: []))
                #expect(publication.offset == 1)
            }
        }
    }

    @Test func `a broker that stops is left for the next address, and nothing is lost`() async throws {
        let (first, second) = (FakeBroker(), FakeBroker())
        try await FakeServer.with {
            .send(first.answer($0))
        } _: { one in
            try await FakeServer.with {
                .send(second.answer($0))
            } _: { two in
                try await Client.with(one.configuration(and: two), logger: .silent) { client in
                    #expect(try await client.publish(Draft("t", body: [49])).offset == 1)
                    try await one.send("BYE reason=shutdown\r\n")
                    var frames = two.frames.makeAsyncIterator()
                    #expect(await frames.next("HELLO") != nil)
                    #expect(try await client.publish(Draft("t", body: [50])).offset == 1)
                    #expect(first.messages.map(\.body) == ["1"] && second.messages.map(\.body) == ["2"])
                }
            }
        }
    }

    @Test func `a broker that stops still takes what settles, and no publish`() async throws {
        let first = FakeBroker([FakeBroker.Stored(topic: "work", body: "w")])
        let second = FakeBroker()
        try await FakeServer.with {
            .send(first.answer($0))
        } _: { one in
            try await FakeServer.with {
                .send(second.answer($0))
            } _: { two in
                try await Client.with(one.configuration(and: two), logger: .silent) { client in
                    let deliveries = try client.deliveries("work", as: "s").makeAsyncIterator()
                    let delivery = try #require(try await deliveries.next())
                    try await one.send("BYE reason=shutdown\r\nPING\r\n")
                    var frames = one.frames.makeAsyncIterator()
                    // The answer to the PING shows that the BYE before it was heard.
                    #expect(await frames.next("PONG") != nil)
                    async let publication = client.publish(Draft("t", body: [49]))
                    await until { client.intake.load.messages == 1 }
                    try await delivery.ack()
                    #expect(first.acked == [1])
                    #expect(try await publication.offset == 1)
                    #expect(first.messages.count == 1 && second.messages.map(\.body) == ["1"])
                }
            }
        }
    }

    @Test func `a handler of a connection that ended settles nothing on the next`() async throws {
        // Tags begin anew on each connection: the second hands out another message under the same one.
        let script: FakeServer.Script = { frame in
            switch frame.word {
            case "HELLO": .greeting
            case "SUB": .send("OK\r\nMSG 1 1 \(frame.connection + 1) 1 1 time=1\r\n\(frame.connection)\r\n")
            default: .send("OK 1\r\n")
            }
        }
        try await FakeServer.with(script) { server in
            try await Client.with(server.configuration(), logger: .silent) { client in
                let deliveries = try client.deliveries("work", as: "s", window: 1).makeAsyncIterator()
                let stale = try #require(try await deliveries.next())
                try await server.kill(0)
                let delivery = try #require(try await deliveries.next())
                #expect(stale.message.body == [48] && delivery.message.body == [49])
                for _ in 1...2 {
                    let error = await #expect(throws: ClientError.self) { try await stale.ack() }
                    #expect(error?.code == .leaseLost)
                }
                // The second is not forgotten for it, and is settled by its own delivery only.
                #expect(!delivery.isLost)
                try await delivery.ack()
            }
            var settled = 0
            var frames = server.frames.makeAsyncIterator()
            while let frame = await frames.next(), frame.word != "BYE" { settled += frame.word == "ACK" ? 1 : 0 }
            #expect(settled == 1)
        }
    }

    @Test(arguments: ["auth no", "version-unsupported 1", "denied x"])
    func `a client that is refused ends`(refusal: String) async throws {
        try await FakeServer.with { _ in
            .sendAndDie("ERR \(refusal)\r\n")
        } _: { server in
            let client = try Client(server.configuration(), logger: .silent)
            async let publication = client.publish(Draft("t", body: []))
            let error = await #expect(throws: ClientError.self) { try await client.run() }
            #expect(error?.code == .refused(String(refusal.prefix { $0 != " " })))
            do {
                _ = try await publication
                Issue.record("a client that was refused has published")
            } catch {
                #expect((error as? ClientError)?.code == .refused(String(refusal.prefix { $0 != " " })))
            }
            await #expect(throws: ClientError.self) { try await client.publish(Draft("t", body: [])) }
            #expect(server.connections == 1)
        }
    }

    @Test(arguments: ["busy", "shutting-down", "limit", "full", "internal"])
    func `a client that is refused for now comes again`(code: String) async throws {
        let broker = FakeBroker()
        let script: FakeServer.Script = {
            $0.connection < 2 ? .sendAndDie("ERR \(code) later\r\n") : .send(broker.answer($0))
        }
        try await FakeServer.with(script) { server in
            try await Client.with(server.configuration(), logger: .silent) { client in
                let publication = try await client.publish(Draft("t", body: []))
                #expect(publication.offset == 1)
            }
            #expect(server.connections == 3)
        }
    }

    @Test func `a client that reaches nobody ends after its attempts`() async throws {
        var configuration = try await FakeServer.with({ _ in .die }, { $0.configuration() })
        configuration.maxConnectAttempts = 3
        let client = try Client(configuration, logger: .silent)
        let error = await #expect(throws: ClientError.self) { try await client.run() }
        #expect(error?.code == .unreachable)
        await #expect(throws: ClientError.self) { try await client.publish(Draft("t", body: [])) }
    }

    static let violations = [
        "NONSENSE\r\n", "\r\n", "OK 1\r\nOK 2\r\n", "OK 1 \(String(repeating: "x", count: 4_096))\r\n",
        String(repeating: "x", count: 5_000), "DATA 1\r\nx\r\n", "NIL\r\n", "OK x\r\n", "OK\r\n",
        "OK 99999999999999999999\r\n", "OK 18446744073709551615\r\n", "DATA 99999999999999999999\r\n",
        "MSG 1 1 1 1 x\r\n", "LOST x\r\n", "OK %\r\nOK a=%\r\n",
    ]

    @Test(arguments: violations.indices)
    func `nonsense ends the connection and not the client`(index: Int) async throws {
        let nonsense = Self.violations[index]
        let broker = FakeBroker()
        let script: FakeServer.Script = { frame in
            frame.connection == 0 && frame.word == "PUB" ? .send(nonsense) : .send(broker.answer(frame))
        }
        try await FakeServer.with(script) { server in
            var frames = server.frames.makeAsyncIterator()
            try await Client.with(server.configuration(), logger: .silent) { client in
                let publication = try await client.publish(Draft("t", body: [49]))
                #expect(publication.offset == 1 && !publication.isDuplicate)
                _ = await frames.next("HELLO")
                #expect(await frames.next("HELLO")?.connection == 1)
            }
        }
    }

    @Test(arguments: [
        "MSG 1 1 1 1 1 time=-5\r\nx\r\n", "MSG 1 1 1 1 1\r\nx\r\nMSG 1 2 2 1 1\r\nx\r\nMSG 1 3 3 1 1\r\nx\r\n",
        "MSG 1 1 1 1 1\r\nxy\r\n", "MSG 1 9223372036854775807 1 1 1\r\nx\r\n",
    ])
    func `hostile messages end the connection and not the process`(text: String) async throws {
        let broker = FakeBroker([FakeBroker.Stored(topic: "work", body: "good")])
        let script: FakeServer.Script = { frame in
            frame.connection == 0 && frame.word == "SUB" ? .send("OK\r\n" + text) : .send(broker.answer(frame))
        }
        try await FakeServer.with(script) { server in
            var frames = server.frames.makeAsyncIterator()
            try await Client.with(server.configuration(), logger: .silent) { client in
                let deliveries = try client.deliveries("work", as: "s", window: 1).makeAsyncIterator()
                while let delivery = try await deliveries.next() {
                    guard delivery.message.body == Array("good".utf8) else { continue }
                    try await delivery.ack()
                    break
                }
                _ = await frames.next("HELLO")
                #expect(await frames.next("HELLO")?.connection == 1)
            }
            #expect(broker.acked == [1])
        }
    }

    @Test(arguments: [("a%FF", "a%FF"), ("%23%FE", "##%FE"), ("%C3%A9", "%C3%A9")])
    func `a message whose id need not be UTF-8 is handled, and its receipt has its id`(
        id: String, key: String
    ) async throws {
        let script: FakeServer.Script = { frame in
            switch frame.word {
            case "HELLO": .greeting
            case "SUB": .send("OK lease=30s\r\nMSG 1 1 1 1 1 id=\(id) key=%FF\r\nx\r\n")
            default: .send("OK 1\r\n")
            }
        }
        try await FakeServer.with(script) { server in
            var frames = server.frames.makeAsyncIterator()
            try await Client.with(server.configuration(), logger: .silent) { client in
                let deliveries = try client.deliveries("work", as: "s").makeAsyncIterator()
                let delivery = try #require(try await deliveries.next())
                try await delivery.receipt("kept")
                #expect(await frames.next("RECEIPT")?.line == "RECEIPT 1 \(key) kept")
                try await delivery.ack()
            }
        }
    }

    @Test(arguments: ["-9223372036854775808", "9223372036854775807", "x", "-1", "0"])
    func `whatever time a broker gives a lease, the client lives`(until: String) async throws {
        let broker = FakeBroker([FakeBroker.Stored(topic: "work", body: "w")])
        let script: FakeServer.Script = { frame in
            frame.word == "TOUCH" ? .send("OK 1 until=\(until)\r\n") : .send(broker.answer(frame))
        }
        try await FakeServer.with(script) { server in
            var frames = server.frames.makeAsyncIterator()
            try await Client.with(server.configuration(), logger: .silent) { client in
                var options = ConsumerOptions()
                options.lease = .seconds(1)
                let deliveries = try client.deliveries("work", as: "s", options: options).makeAsyncIterator()
                let delivery = try #require(try await deliveries.next())
                #expect(await frames.next("TOUCH") != nil)
                try await delivery.ack()
            }
            #expect(broker.acked == [1])
        }
    }

    @Test func `a subscription that is refused for now does not hurt the next connection's`() async throws {
        let broker = FakeBroker([FakeBroker.Stored(topic: "work", body: "w")])
        let subscriptions = Lock<[Int]>([])
        let script: FakeServer.Script = { frame in
            guard frame.word == "SUB" else { return .send(broker.answer(frame)) }
            let isFirst = subscriptions.withLock { seen in
                seen.append(frame.connection)
                return seen.count(where: { $0 == frame.connection }) == 1
            }
            if frame.connection == 0 { return .sendAndDie("ERR full later\r\n") }
            return .send(isFirst ? broker.answer(frame) : "ERR conflict twice\r\n")
        }
        try await FakeServer.with(script) { server in
            var configuration = server.configuration()
            // The retry of the first connection comes while the second is open.
            configuration.backoff.most = .milliseconds(100)
            var frames = server.frames.makeAsyncIterator()
            try await Client.with(configuration, logger: .silent) { client in
                let deliveries = try client.deliveries("work", as: "s").makeAsyncIterator()
                let delivery = try #require(try await deliveries.next())
                #expect(subscriptions.withLock { $0 } == [0, 1])
                // Timers of one loop run in their order: this one is set after the retry's, with a longer time.
                try await client.wait(milliseconds: 300)
                try await delivery.ack()
                #expect(subscriptions.withLock { $0 } == [0, 1])
                _ = await frames.next("ACK")
            }
        }
    }

    @Test func `a consumer that drains asks a new connection for nothing`() async throws {
        let broker = FakeBroker([
            FakeBroker.Stored(topic: "work", body: "1"), FakeBroker.Stored(topic: "work", body: "2"),
        ])
        let isOpen = Shared(false)
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        try await FakeServer.with {
            .send(broker.answer($0))
        } _: { server in
            var frames = server.frames.makeAsyncIterator()
            try await Client.with(server.configuration(), logger: .silent) { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await client.consume("work", as: "s", concurrency: 1) { _ in
                            start.yield()
                            await until { isOpen.value }
                        }
                    }
                    for await _ in started { break }
                    client.shutDown()
                    #expect(await frames.next("WINDOW")?.line == "WINDOW 1 0")
                    try await server.kill(0)
                    #expect(await frames.next("SUB")?.connection == 1)
                    let next = await frames.next()
                    #expect(next?.line == "WINDOW 1 0")
                    isOpen.set(true)
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func `a client that is shut down before it runs takes nothing on`() async throws {
        try await FakeServer.with { _ in
            .greeting
        } _: { server in
            let client = try Client(server.configuration(), logger: .silent)
            async let early = client.publish(Draft("t", body: []))
            await until { client.intake.load.messages == 1 }
            client.shutDown()
            try await client.run()
            do {
                _ = try await early
                Issue.record("a client that never ran has published")
            } catch {
                #expect((error as? ClientError)?.code == .closed)
            }
            await #expect(throws: ClientError.self) { try await client.publish(Draft("t", body: [])) }
            #expect(server.connections == 0)
        }
    }

    @Test func `a message that is larger than the broker takes is refused here`() async throws {
        let broker = FakeBroker()
        let script: FakeServer.Script = { frame in
            frame.word == "HELLO"
                ? .send("OK 1 fake/1 session=s max-body=10 heartbeat=30\r\n") : .send(broker.answer(frame))
        }
        try await FakeServer.with(script) { server in
            try await Client.with(server.configuration(), logger: .silent) { client in
                let error = await #expect(throws: ClientError.self) {
                    try await client.publish(Draft("t", body: Array(repeating: 120, count: 11)))
                }
                #expect(error?.code == .refused("too-large"))
                #expect(try await client.publish(Draft("t", body: Array(repeating: 120, count: 10))).offset == 1)
                var batch = try MessageBatch("t")
                try batch.append([1])
                try batch.append(Array(repeating: 120, count: 11))
                await #expect(throws: ClientError.self) { try await client.publish(batch) }
            }
            #expect(broker.messages.count == 1)
        }
    }
}
