// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletBroker
import MartletService
import NIOCore

/// The broker's peers on one event loop.
// SAFETY: `peers`, `next`, `ending` and `isSilent` are used on the event loop only; the rest does not change.
final class ConnectionRegistry: @unchecked Sendable {
    /// The way to the broker.
    let broker: BrokerRoute
    let logger: Logger
    let eventLoop: any EventLoop
    private let counts: ConnectionCounts
    private var peers: [ConnectionID: any BrokerPeer] = [:]
    private var next: UInt64 = 1
    private var ending: EventLoopPromise<Void>?
    private var isSilent = false

    init(eventLoop: any EventLoop, broker: BrokerRoute, counts: ConnectionCounts, logger: Logger) {
        self.eventLoop = eventLoop
        self.counts = counts
        self.logger = logger
        self.broker = broker
    }

    /// Adds a peer for a new connection.
    ///
    /// - Parameters:
    ///   - limit: connections that may be open on all event loops.
    ///   - make: makes the peer, given the id of its connection.
    /// - Returns: the peer; nil when there are too many connections.
    func add<Peer: BrokerPeer>(limit: Int, _ make: (ConnectionID) -> Peer) -> Peer? {
        eventLoop.assertInEventLoop()
        guard counts.open(limit: limit) else { return nil }
        let id = broker.connectionID(next)
        next += 1
        let peer = make(id)
        peers[id] = peer
        return peer
    }

    /// Forgets a peer whose connection is gone.
    func remove(_ id: ConnectionID) {
        eventLoop.assertInEventLoop()
        if peers.removeValue(forKey: id) != nil { counts.close() }
        if peers.isEmpty { ending?.succeed() }
    }

    /// Hands what the broker says to its peers, on their event loop.
    func deliver(_ outboxes: [Outbox]) {
        eventLoop.execute {
            guard !self.isSilent else { return }
            for outbox in outboxes { self.peers[outbox.connection]?.deliver(outbox) }
        }
    }

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
