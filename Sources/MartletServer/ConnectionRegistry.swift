// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletBroker
import MartletService
import NIOCore
import Synchronization

/// The connections of one event loop.
// SAFETY: all but `thread`, `logger` and `deliver` is used on the event loop only.
final class ConnectionRegistry: @unchecked Sendable {
    /// The broker's thread.
    let thread: BrokerThread
    let logger: Logger
    private let eventLoop: any EventLoop
    private let index: UInt64
    private let counts: ConnectionCounts
    private var handlers: [ConnectionID: ConnectionHandler] = [:]
    private var next: UInt64 = 1
    private var ending: EventLoopPromise<Void>?
    private var isSilent = false

    /// Loops that ids can tell apart.
    static let maxLoops = 64

    init(eventLoop: any EventLoop, index: Int, thread: BrokerThread, counts: ConnectionCounts, logger: Logger) {
        self.eventLoop = eventLoop
        self.index = UInt64(index)
        self.thread = thread
        self.counts = counts
        self.logger = logger
    }

    /// The loop that a connection lives on.
    static func loop(of id: ConnectionID) -> Int { Int(id.value) % maxLoops }

    /// Makes the handler of a new connection, unless there are too many.
    func add(_ configuration: ServerConfiguration) -> ConnectionHandler? {
        eventLoop.assertInEventLoop()
        guard counts.open(limit: configuration.maxConnections) else { return nil }
        let id = ConnectionID(next * UInt64(Self.maxLoops) + index)
        next += 1
        let handler = ConnectionHandler(id: id, registry: self, configuration: configuration)
        handlers[id] = handler
        return handler
    }

    func remove(_ id: ConnectionID) {
        eventLoop.assertInEventLoop()
        if handlers.removeValue(forKey: id) != nil { counts.close() }
        if handlers.isEmpty { ending?.succeed() }
    }

    /// Hands what the broker says to its connections, on their loop.
    func deliver(_ outboxes: [Outbox]) {
        eventLoop.execute {
            guard !self.isSilent else { return }
            for outbox in outboxes { self.handlers[outbox.connection]?.deliver(outbox) }
        }
    }

    /// Keeps back whatever the broker says from now on.
    func silence() -> EventLoopFuture<Void> {
        eventLoop.submit { self.isSilent = true }
    }

    /// Closes all connections once they have taken what was said to them.
    func endAll() -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        eventLoop.execute {
            self.ending = promise
            if self.handlers.isEmpty { promise.succeed() }
            for handler in Array(self.handlers.values) { handler.end() }
        }
        return promise.futureResult
    }

    /// Closes all connections at once.
    func closeAll() {
        eventLoop.execute {
            for handler in Array(self.handlers.values) { handler.abort() }
            self.ending?.succeed()
        }
    }

    /// A name for a conversation that nobody can guess, since whoever has it can have its leases.
    func newSession() -> String {
        String(UInt128.random(in: .min ... .max), radix: 16)
    }
}

/// How many connections are open on all loops.
final class ConnectionCounts: Sendable {
    private let count = Mutex(0)

    func open(limit: Int) -> Bool {
        count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    func close() {
        count.withLock { $0 -= 1 }
    }
}
