// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// What all connections of a link share.
// SAFETY: all but `loop` and `brokerPort` is used on the loop only.
final class LinkCore: @unchecked Sendable {
    private struct Waiter {
        var condition: @Sendable (FaultCounts) -> Bool
        var promise: EventLoopPromise<Void>
    }

    /// The loop that everything happens on.
    let loop: any EventLoop
    let brokerPort: Int
    var plan = FaultPlan()
    private var connections: [ObjectIdentifier: LinkConnection] = [:]
    private var waiters: [Int: Waiter] = [:]
    private var nextWaiter = 1
    private var isStopped = false

    init(loop: any EventLoop, brokerPort: Int) {
        self.loop = loop
        self.brokerPort = brokerPort
    }

    /// Makes the two ends of a new connection.
    func add() -> LinkConnection {
        plan.counts.connections += 1
        let connection = LinkConnection(ordinal: plan.counts.connections, core: self)
        connections[ObjectIdentifier(connection)] = connection
        changed()
        return connection
    }

    func remove(_ connection: LinkConnection) {
        connections[ObjectIdentifier(connection)] = nil
        changed()
    }

    /// Lets all connections look again at what waits.
    func replan(releasing: Bool) {
        for connection in connections.values { connection.replan(releasing: releasing) }
    }

    /// Wakes those who waited for the counts that are there now.
    func changed() {
        for (id, waiter) in waiters where waiter.condition(plan.counts) {
            waiters[id] = nil
            waiter.promise.succeed()
        }
    }

    /// Waits for counts; `id` is what `cancel` knows it by.
    func wait(_ id: Int, until condition: @escaping @Sendable (FaultCounts) -> Bool) -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        if isStopped {
            promise.fail(CancellationError())
        } else {
            waiters[id] = Waiter(condition: condition, promise: promise)
            changed()
        }
        return promise.futureResult
    }

    func newWaiter() -> Int {
        defer { nextWaiter += 1 }
        return nextWaiter
    }

    func cancel(_ id: Int) {
        waiters.removeValue(forKey: id)?.promise.fail(CancellationError())
    }

    /// Closes all connections, and ends all waiting.
    func stop() -> EventLoopFuture<Void> {
        isStopped = true
        for id in Array(waiters.keys) { cancel(id) }
        let channels = connections.values.flatMap(\.channels)
        for channel in channels { channel.close(promise: nil) }
        return .andAllComplete(channels.map(\.closeFuture), on: loop)
    }
}
