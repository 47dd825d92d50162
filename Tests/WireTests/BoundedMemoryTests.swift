// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

/// Limits over all connections slow clients down and lose nothing, with TLS and without.
struct BoundedMemoryTests {
    /// Certificates for a test that is run with TLS.
    private static func security(_ isSecure: Bool) throws -> TestSecurity? { isSecure ? try TestSecurity() : nil }

    @Test(arguments: [false, true])
    func `large bodies come in one after another when there is room for one`(isSecure: Bool) async throws {
        let security = try Self.security(isSecure)
        let configuration = settings {
            security?.secure(&$0)
            $0.maxReceivingBytes = 1
            // It is not about those who are slow.
            $0.crowdedFrameTimeout = 60_000
        }
        try await wire(configuration) { port in
            let clients = try (1...6).map { _ in try WireClient(port, security) }
            let half = String(repeating: "b", count: 150_000)
            for client in clients { try client.send("PUB a 300000\r\n" + half) }
            // Small ones are not kept waiting by them.
            try WireClient(port, security).check("PUB b 1", "x", is: "OK 1 subs=0")
            for client in clients { try client.send(half + "\r\n") }
            let offsets = try clients.map { try $0.reply().line }
            #expect(Set(offsets) == Set((1...6).map { "OK \($0) subs=0" }))
        }
    }

    @Test(arguments: [false, true])
    func `a large body comes in although others hold all room with bodies they do not finish`(isSecure: Bool)
        async throws
    {
        let security = try Self.security(isSecure)
        let configuration = settings {
            security?.secure(&$0)
            $0.maxReceivingBytes = 1
            $0.crowdedFrameTimeout = 400
        }
        try await wire(configuration) { port in
            let hostile = try (1...3).map { _ in try WireClient(port, security) }
            for client in hostile {
                try client.send("PING\r\nPUB a 300000\r\n" + String(repeating: "b", count: 150_000))
                #expect(try client.reply().line == "PONG")
            }
            let honest = try WireClient(port, security)
            try honest.check("PUB a 300000", String(repeating: "b", count: 300_000), is: "OK 1 subs=0")
        }
    }

    @Test(arguments: [false, true])
    func `those who do not read hold no more than the limit, and one that reads gets everything`(isSecure: Bool)
        async throws
    {
        let security = try Self.security(isSecure)
        let configuration = settings {
            security?.secure(&$0)
            $0.maxBody = 64 << 10
            $0.maxOutboundBytes = 64 << 10
            $0.maxSendingBytes = 1
        }
        let size = 60_000
        let count = UInt64(200)
        try await wire(configuration) { port in
            let publisher = try WireClient(port, security)
            let body = String(repeating: "b", count: size)
            for offset in 1...count { try publisher.check("PUB a \(size)", body, is: "OK \(offset) subs=0") }
            let silent = try (1...48).map { number in
                let client = try WireClient(port, security, receiveBuffer: 65_536)
                try client.check("SUB 1 a s\(number) from=earliest window=10000", is: "OK created lease=30s")
                return client
            }
            let reader = try WireClient(port, security)
            try reader.check("SUB 1 a reader from=earliest window=10000", is: "OK created lease=30s")
            for offset in 1...count { try reader.checkMessage(offset: offset) }
            try reader.check("ACK 1 1-\(count)", is: "OK \(count)")
            let untaken = try #require(try reader.object("INFO")["untakenBytes"] as? Int)
            // Half of the limit that is applied, and for each connection 16 KiB and a message.
            let limit = configuration.sendingLimit / 2 + (silent.count + 1) * ((16 << 10) + size + 100)
            #expect(untaken <= limit)
            #expect(untaken > limit / 4, "they hold something")
        }
    }

    @Test func `all is confirmed although little may wait for the broker`() async throws {
        try await wire(settings { $0.maxUnansweredBytes = 2_000 }) { port in
            let clients = try (1...4).map { _ in try WireClient(port) }
            let body = String(repeating: "b", count: 1_000)
            for client in clients {
                try client.send(String(repeating: "PUB a 1000\r\n\(body)\r\n", count: 200) + "PING\r\n")
            }
            var confirmed: Set<String> = []
            for client in clients {
                for _ in 1...200 { confirmed.insert(try client.reply().line) }
                #expect(try client.reply().line == "PONG")
            }
            #expect(confirmed.count == 800)
        }
    }

    @Test func `messages and answers of 16 MiB reach a client that reads, whatever the limit of what waits`()
        async throws
    {
        let size = 16 << 20
        let configuration = settings {
            $0.maxBody = size
            $0.maxOutboundBytes = 64 << 10
            $0.maxSendingBytes = 1
        }
        try await wire(configuration) { port in
            let publisher = try WireClient(port)
            let body = String(repeating: "b", count: size)
            for offset in 1...2 { try publisher.check("PUB a \(size)", body, is: "OK \(offset) subs=0") }
            let client = try WireClient(port, receiveBuffer: 65_536)
            try client.say("SUB 1 a s from=earliest window=2")
            for _ in 1...2 {
                try client.say("PEEK a 1")
                try client.say("PING")
            }
            #expect(try client.reply().line == "OK created lease=30s")
            for _ in 1...2 {
                #expect(try client.reply().data.count > size)
                #expect(try client.reply().line == "PONG")
            }
            for _ in 1...2 { #expect(try client.message().data.count == size) }
            try client.check("ACK 1 1-2", is: "OK 2")
        }
    }

    @Test(arguments: [false, true])
    func `a frame that is begun and does not go on is the end, with no heartbeat too`(isSecure: Bool) async throws {
        let security = try Self.security(isSecure)
        let configuration = settings {
            security?.secure(&$0)
            $0.frameTimeout = 200
        }
        try await wire(configuration) { port in
            let client = try WireClient(port, security, hello: "HELLO 1 heartbeat=0")
            try client.check("PING", is: "PONG")
            try client.send("PUB a 5\r\nab")
            try client.checkEnd(fails: "bad-data-end")
            try WireClient(port, security).check("INFO topic a", fails: "unknown-topic")
        }
    }
}
