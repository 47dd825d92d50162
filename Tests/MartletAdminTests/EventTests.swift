// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletAdmin
import MartletLock
import MartletModel
import MartletService
import NIOCore
import NIOPosix
import Testing

/// Watchers are told what happens.
struct EventTests {
    /// The events of a stream, up to one that is waited for.
    private func events(
        _ bed: AdminBed, after id: String? = nil, until isEnough: @escaping @Sendable ([Event]) -> Bool
    ) async throws -> [Event] {
        let more = id.map { "Last-Event-ID: \($0)\r\n" } ?? ""
        let bytes = try await Raw.exchange(
            "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\(more)\r\n", port: bed.port
        ) { isEnough(Event.all(HTTPAnswer($0)?.text ?? "")) }
        let answer = try #require(HTTPAnswer(bytes))
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "text/event-stream")
        return Event.all(answer.text)
    }

    private struct Event: Sendable {
        var name = ""
        var id: String?
        var data: JSON?

        /// The events that are complete.
        static func all(_ text: String) -> [Event] {
            text.components(separatedBy: "\n\n").dropLast().map { block in
                var event = Event()
                for line in block.split(separator: "\n") {
                    if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
                    if line.hasPrefix("id: ") { event.id = String(line.dropFirst(4)) }
                    if line.hasPrefix("data: ") { event.data = JSON(Data(line.dropFirst(6).utf8)) }
                }
                return event
            }
        }
    }

    private static func bed(_ body: @escaping @Sendable (AdminBed) async throws -> Void) async throws {
        var configuration = AdminConfiguration()
        configuration.eventInterval = 20
        configuration.statsInterval = 40
        try await AdminBed.run(configuration, body)
    }

    /// Has the broker say something of itself: a person decides about messages.
    private static func say(_ bed: AdminBed, _ offsets: ClosedRange<UInt64>) async throws {
        for offset in offsets {
            _ = try await bed.service.ask(
                .resolve(Resolve(topic: "orders", subscription: "billing", offset: offset, decision: .ack)))
        }
    }

    private static func fill(_ bed: AdminBed) async throws {
        _ = try await bed.service.ask(
            .createSubscription(topic: "orders", name: "billing", from: .earliest, options: .init()))
        let publishes = String(repeating: "PUB orders 1\n1\n", count: 4)
        try await Wire.talk(bed.brokerPort, [("HELLO 1\n\(publishes)", "OK 4")])
    }

    @Test func `the numbers come again and again`() async throws {
        try await Self.bed { bed in
            let events = try await events(bed) { $0.count >= 3 }
            #expect(events.allSatisfy { $0.name == "stats" })
            #expect(events[0].data?["broker"]?["version"]?.string == "0.1.0")
        }
    }

    @Test func `what the broker says of itself comes once, and a watcher who comes back misses nothing`() async throws {
        try await Self.bed { bed in
            try await Self.fill(bed)
            try await Self.say(bed, 1...1)
            let (begun, begin) = AsyncStream.makeStream(of: Void.self)
            async let first = events(bed) { events in
                if !events.isEmpty { begin.yield() }
                return events.filter { $0.name == "message" }.count >= 2
            }
            // The stream begins with the numbers; what is said behind that is told.
            for await _ in begun { break }
            try await Self.say(bed, 2...3)
            let told = try await first.filter { $0.name == "message" }
            #expect(told.map { $0.data?["topic"]?.string } == ["$sys.message.resolved", "$sys.message.resolved"])
            #expect(told.map { $0.data?["message"]?["offset"]?.number } == [2, 3])
            try await Self.say(bed, 4...4)
            let behind = try await events(bed, after: told[0].id) { $0.filter { $0.name == "message" }.count >= 2 }
            #expect(behind.filter { $0.name == "message" }.map { $0.data?["message"]?["offset"]?.number } == [3, 4])
        }
    }

    @Test func `a watcher who is no user any more is told nothing more`() async throws {
        let isKnown = Lock(true)
        let authenticate: Authenticate = { _, service in
            isKnown.withLock { $0 } ? Caller(name: "ann") { try await service.ask($0) } : nil
        }
        var configuration = AdminConfiguration()
        configuration.eventInterval = 20
        try await AdminBed.run(configuration, authenticate: authenticate) { bed in
            let request = "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer t\r\n"
            // It is read until the other side ends it.
            let bytes = try await Raw.exchange(request + "Connection: close\r\n\r\n", port: bed.port) { bytes in
                if String(decoding: bytes, as: UTF8.self).contains("event: stats") { isKnown.withLock { $0 = false } }
                return false
            }
            #expect(HTTPAnswer(bytes)?.status == 200)
            #expect(try await bed.get("/api/v1/events", headers: ["Authorization": "Bearer t"]).status == 401)
        }
    }

    @Test func `watchers do not keep the broker from stopping`() async throws {
        try await Self.bed { bed in
            // The connection stays open behind this, until the other side ends it.
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: bed.port).get()
            let request = "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
            try await channel.writeAndFlush(ByteBuffer(string: request))
            _ = try await bed.get("/api/v1/overview")
        }
    }
}
