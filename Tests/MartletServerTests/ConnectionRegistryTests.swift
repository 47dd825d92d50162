// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
import MartletService
import NIOCore
import NIOEmbedded
import Testing

@testable import MartletBroker
@testable import MartletServer

/// The broker's peers on one event loop, whatever they speak.
struct ConnectionRegistryTests {
    private final class Peer: ConnectionPeer {
        let id: ConnectionID
        var events: [String] = []
        /// Bytes that are held for it, which count in the total once it is given one.
        var held = 0
        /// For how long it has taken nothing.
        var idle = TimeAmount.zero
        var total: OutboundTotal?

        init(_ id: ConnectionID) { self.id = id }

        func deliver(_ outbox: Outbox) { events.append("deliver") }
        func end() { events.append("end") }
        func abort() { events.append("abort") }
        func look() -> UntakenMemory { UntakenMemory(connection: id, bytes: held, idle: idle) }
        func granted() { events.append("granted") }
        func frameIsLate() { events.append("late") }
        func reviewAccess() { events.append("review") }
        func uncrowded() { events.append("uncrowded") }
        func giveUp(_ reason: CloseReason) {
            events.append("\(reason)")
            total?.change(by: -held)
        }
    }

    private let loop = EmbeddedEventLoop()

    private func registry(
        _ index: Int = 0, counts: ConnectionCounts = ConnectionCounts(), on loop: EmbeddedEventLoop? = nil,
        memory: SharedMemory = SharedMemory(ServerConfiguration())
    ) -> ConnectionRegistry {
        let loop = loop ?? self.loop
        return ConnectionRegistry(
            eventLoop: loop, broker: RecordingBroker().route(index), counts: counts, memory: memory,
            log: NoticeLog(RecordedLines().logger, on: loop))
    }

    private func peer(of registry: ConnectionRegistry, holding held: Int, idle: TimeAmount = .zero) throws -> Peer {
        let peer = try #require(registry.add(limit: 100) { Peer($0) })
        (peer.held, peer.idle, peer.total) = (held, idle, registry.memory.outbound)
        registry.memory.outbound.change(by: held)
        return peer
    }

    @Test func `what the broker hands over counts until it is taken up, by whom or by none`() throws {
        let broker = RecordingBroker()
        let registry = ConnectionRegistry(
            eventLoop: loop, broker: broker.route(0), counts: ConnectionCounts(),
            memory: SharedMemory(ServerConfiguration()), log: NoticeLog(RecordedLines().logger, on: loop))
        let peer = try #require(registry.add(limit: 1) { Peer($0) })
        let outboxes = [peer.id, ConnectionID(77)].map { id in
            let outbox = Outbox(id)
            outbox.add(Delivery(consumer: 1, tag: 1, offset: 1, time: 1, attempt: 1, segment: 0, start: 0, size: 500))
            return outbox
        }
        registry.deliver(outboxes)
        #expect(broker.taken.withLock { $0 } == 0)
        loop.run()
        #expect(broker.taken.withLock { $0 } == 1_000)
        #expect(peer.events == ["deliver"])
    }

    @Test func `what the broker says reaches the peer that it is for`() throws {
        let registry = registry()
        let first = try #require(registry.add(limit: 2) { Peer($0) })
        let second = try #require(registry.add(limit: 2) { Peer($0) })
        registry.deliver([Outbox(second.id), Outbox(ConnectionID(0))])
        loop.run()
        #expect(first.events == [])
        #expect(second.events == ["deliver"])
        registry.remove(second.id)
        registry.deliver([Outbox(second.id)])
        loop.run()
        #expect(second.events == ["deliver"])
    }

    @Test func `connections are counted over all event loops`() throws {
        let counts = ConnectionCounts()
        let (one, other) = (registry(0, counts: counts), registry(63, counts: counts))
        let first = try #require(one.add(limit: 2) { Peer($0) })
        let second = try #require(other.add(limit: 2) { Peer($0) })
        #expect(first.id.value % 64 == 0)
        #expect(second.id.value % 64 == 63)
        #expect(one.add(limit: 2) { Peer($0) } == nil)
        #expect(other.add(limit: 2) { Peer($0) } == nil)
        one.remove(first.id)
        one.remove(first.id)
        #expect(other.add(limit: 2) { Peer($0) } != nil)
        #expect(other.add(limit: 2) { Peer($0) } == nil, "a peer is removed once")
    }

    @Test func `the end is there when the last peer is gone`() throws {
        let registry = registry()
        let peers = try [1, 2].map { _ in try #require(registry.add(limit: 2) { Peer($0) }) }
        var isEnded = false
        registry.endAll().assumeIsolated().whenSuccess { isEnded = true }
        loop.run()
        #expect(peers.map(\.events) == [["end"], ["end"]])
        registry.remove(peers[0].id)
        #expect(!isEnded)
        registry.remove(peers[1].id)
        #expect(isEnded)
    }

    @Test func `without peers the end is there at once`() {
        let registry = registry()
        var isEnded = false
        registry.endAll().assumeIsolated().whenSuccess { isEnded = true }
        loop.run()
        #expect(isEnded)
    }

    @Test func `peers that do not end are closed`() throws {
        let registry = registry()
        let peer = try #require(registry.add(limit: 1) { Peer($0) })
        var isEnded = false
        registry.endAll().assumeIsolated().whenSuccess { isEnded = true }
        registry.closeAll()
        loop.run()
        #expect(peer.events == ["end", "abort"])
        #expect(isEnded)
    }

    @Test func `a registry that was silenced delivers nothing more`() throws {
        let registry = registry()
        let peer = try #require(registry.add(limit: 1) { Peer($0) })
        _ = registry.silence()
        registry.deliver([Outbox(peer.id)])
        loop.run()
        #expect(peer.events == [])
    }

    @Test func `those for which most is held are closed first, and no more than need be`() throws {
        let registry = registry()
        let total = registry.memory.outbound
        let share = total.limit / 4
        let peers = try [share - 1, share + 1, 0, share, share].map { try peer(of: registry, holding: $0) }
        total.relieve()
        loop.run()
        #expect(peers.allSatisfy { $0.events.isEmpty }, "at the limit")
        total.change(by: 1)
        total.relieve()
        loop.run()
        #expect(peers.map(\.events) == [[], ["memory"], [], [], []])
        total.change(by: 2 * share)
        registry.remove(peers[1].id)
        total.relieve()
        loop.run()
        #expect(peers.map(\.events) == [[], ["memory"], [], [], ["memory"]])
    }

    @Test func `who has taken nothing for longer is closed first, on whatever event loop`() throws {
        let (here, there) = (EmbeddedEventLoop(), EmbeddedEventLoop())
        let memory = SharedMemory(ServerConfiguration())
        let one = registry(0, on: here, memory: memory)
        let other = registry(1, on: there, memory: memory)
        let third = memory.outbound.limit / 3
        let reader = try peer(of: one, holding: 2 * third)
        let slow = try peer(of: other, holding: third, idle: .milliseconds(2))
        let slower = try peer(of: other, holding: third, idle: .milliseconds(3))
        // It is the loop of the reader that finds too much.
        memory.outbound.relieve()
        for _ in 1...3 {
            here.run()
            there.run()
        }
        #expect(reader.events == [])
        #expect(slow.events == [])
        #expect(slower.events == ["memory"])
    }

    @Test func `while one waits for room, those who have some are looked at as time passes`() throws {
        let registry = registry()
        let peers = try (1...2).map { _ in try peer(of: registry, holding: 0) }
        let receiving = registry.memory.receiving
        let granted = receiving.ask(256 << 20, held: 0, for: peers[0].id)
        loop.advanceTime(by: .hours(1))
        let waits = !receiving.ask(100_000, held: 0, for: peers[1].id)
        #expect(granted && waits)
        loop.advanceTime(by: .milliseconds(1_999))
        #expect(peers.map(\.events) == [[], []])
        loop.advanceTime(by: .milliseconds(1))
        #expect(peers.map(\.events) == [["late"], []])
        receiving.release(peers[0].id)
        loop.advanceTime(by: .hours(1))
        #expect(peers.map(\.events) == [["late"], ["granted"]])
    }

    @Test func `session names differ`() {
        let registry = registry()
        #expect(Set((1...100).map { _ in registry.newSession() }).count == 100)
    }
}
