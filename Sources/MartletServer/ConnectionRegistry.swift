// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletService
import NIOCore

/// The broker's peers on one event loop.
// SAFETY: the mutable properties are used on the event loop only; the rest does not change.
final class ConnectionRegistry: @unchecked Sendable {
    /// The way to the broker.
    let broker: BrokerRoute
    let memory: SharedMemory
    let traffic: TrafficCounts
    let log: NoticeLog
    let users: UserDirectory
    let eventLoop: any EventLoop
    let deadlines: DeadlineQueue
    private let counts: ConnectionCounts
    private let pending: PendingConnections
    private var peers: [ConnectionID: any ConnectionPeer] = [:]
    /// Connections whose users are not known yet, and where they come from.
    private var strangers: [ConnectionID: PendingConnections.Origin] = [:]
    private var next: UInt64 = 1
    private var ending: EventLoopPromise<Void>?
    private var isSilent = false
    /// Connections that read no commands until the broker has room for them.
    private var crowdedOut: Set<ConnectionID> = []
    /// Publishes and other commands that were answered.
    private var answered = (publishes: UInt64(0), commands: UInt64(0))

    init(
        eventLoop: any EventLoop, broker: BrokerRoute, counts: ConnectionCounts, memory: SharedMemory,
        users: UserDirectory = UserDirectory(), traffic: TrafficCounts = TrafficCounts(),
        pending: PendingConnections = PendingConnections(ServerConfiguration()), log: NoticeLog
    ) {
        self.pending = pending
        self.users = users
        self.eventLoop = eventLoop
        deadlines = DeadlineQueue(on: eventLoop)
        self.counts = counts
        self.memory = memory
        self.traffic = traffic
        self.log = log
        self.broker = broker
        memory.receiving.add(receiver())
        memory.outbound.add(sender())
    }

    // Connections of other event loops have other ids, and a share of one that is gone was taken back.
    private func receiver() -> ReceiveBudget.Member {
        let (eventLoop, memory) = (eventLoop, memory)
        return ReceiveBudget.Member(
            granted: { [weak self] connections in
                eventLoop.execute { [weak self] in for id in connections { self?.peers[id]?.granted() } }
            },
            late: { [weak self] connections in
                eventLoop.execute { [weak self] in for id in connections { self?.peers[id]?.frameIsLate() } }
            },
            lookLater: { time in
                eventLoop.scheduleTask(in: time) { memory.receiving.look() }
            })
    }

    private func sender() -> OutboundTotal.Member {
        let eventLoop = eventLoop
        return OutboundTotal.Member(
            look: { [weak self] tell in
                eventLoop.execute { [weak self] in tell(self?.holdings() ?? []) }
            },
            close: { [weak self] connections in
                eventLoop.execute { [weak self] in self?.giveUp(connections) }
            })
    }

    /// Adds a peer for a new connection.
    ///
    /// - Parameters:
    ///   - limit: connections that may be open on all event loops.
    ///   - address: where the connection comes from.
    ///   - make: makes the peer, given the id of its connection.
    /// - Returns: the peer; nil when there are too many connections.
    func add<Peer: ConnectionPeer>(
        limit: Int, from address: SocketAddress? = nil, _ make: (ConnectionID) -> Peer
    ) -> Peer? {
        eventLoop.assertInEventLoop()
        guard counts.open(limit: limit) else {
            log.tell(.connectionRefused(limit: limit))
            return nil
        }
        let origin = users.isEmpty ? nil : PendingConnections.Origin(address)
        if let origin, let reached = pending.enter(origin) {
            counts.close()
            log.tell(.strangerRefused(from: address?.ipAddress ?? "unknown", reached))
            return nil
        }
        let id = broker.connectionID(next)
        next += 1
        strangers[id] = origin
        let peer = make(id)
        peers[id] = peer
        return peer
    }

    /// The user of a connection is known.
    func admitted(_ id: ConnectionID) {
        if let origin = strangers.removeValue(forKey: id) { pending.leave(origin) }
    }

    /// Has all connections look whether their users may still do what they could.
    func reviewAccess() {
        eventLoop.execute { for peer in Array(self.peers.values) { peer.reviewAccess() } }
    }

    /// Forgets a peer whose connection is gone.
    ///
    /// - Parameter reason: why the server closed it; nil when its client did.
    func remove(_ id: ConnectionID, _ reason: CloseReason? = nil) {
        eventLoop.assertInEventLoop()
        if peers.removeValue(forKey: id) != nil { counts.close() }
        crowdedOut.remove(id)
        admitted(id)
        if let reason { log.tell(.connectionClosed(id, reason)) }
        if peers.isEmpty { ending?.succeed() }
    }

    /// Hands what the broker says to its peers, on their event loop.
    func deliver(_ outboxes: [Outbox]) {
        eventLoop.execute {
            for outbox in outboxes {
                if !self.isSilent { self.peers[outbox.connection]?.deliver(outbox) }
                self.broker.took(outbox.deliveryBytes)
            }
        }
    }

    /// Counts what a peer has answered.
    func answered(publishes: Int, commands: Int) {
        answered.publishes += UInt64(publishes)
        answered.commands += UInt64(commands)
    }

    /// Publishes and other commands that were answered so far.
    func answeredSoFar() -> EventLoopFuture<(publishes: UInt64, commands: UInt64)> {
        eventLoop.submit { self.answered }
    }

    // MARK: - Memory

    /// Has a connection go on when the broker has room for commands.
    func awaitRoom(_ id: ConnectionID) {
        let isFirst = crowdedOut.isEmpty
        guard crowdedOut.insert(id).inserted, isFirst else { return }
        broker.pool.whenRoom { [weak self] in
            guard let self else { return }
            eventLoop.execute { self.uncrowded() }
        }
    }

    private func uncrowded() {
        let waiting = crowdedOut
        crowdedOut = []
        // ORDER: none of them has a right to be first; the set has another order each time.
        for id in waiting { peers[id]?.uncrowded() }
    }

    private func holdings() -> [UntakenMemory] {
        // ORDER: they are sorted before any is chosen.
        peers.values.map { $0.look() }
    }

    private func giveUp(_ connections: [ConnectionID]) {
        for id in connections { peers[id]?.giveUp(.memory) }
        // More may have been written since it was decided whom to close.
        memory.outbound.relieve()
    }

    // MARK: - The end

    /// Keeps back everything that the broker says from now on.
    func silence() -> EventLoopFuture<Void> {
        eventLoop.submit { self.isSilent = true }
    }

    /// Closes all connections once they have taken what was said to them.
    func endAll() -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        eventLoop.execute {
            self.ending = promise
            if self.peers.isEmpty { promise.succeed() }
            for peer in Array(self.peers.values) { peer.end() }
        }
        return promise.futureResult
    }

    /// Closes all connections at once.
    func closeAll() {
        eventLoop.execute {
            for peer in Array(self.peers.values) { peer.abort() }
            self.ending?.succeed()
        }
    }

    /// A session name that cannot be guessed: a client that knows it can take over the leases of the session.
    func newSession() -> String {
        String(UInt128.random(in: .min ... .max), radix: 16)
    }
}
