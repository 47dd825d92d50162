// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

/// A stretch of network that fails when a test says so: a port of its own, and a broker's port behind it.
///
/// Clients connect to `port` instead of the broker's. What they and the broker say is passed on frame by frame and byte
/// for byte, except where a fault was asked for. Faults are counted or drawn from a seed, never timed: the same frames
/// on a connection meet the same faults. They hold for all connections of the link, also for those to come.
///
///     try await TestBroker.run { port in
///         try await FaultyLink.with(port) { link in
///             await link.loseReply(to: "COMMIT")
///             let client = try Client("martlet://127.0.0.1:\(link.port)")
///             ...
///         }
///     }
///
/// The protocol is one of at-least-once: none of these faults excuses a handler that acts twice or not at all.
/// Bytes that are not frames of the protocol are passed on as they are, and nothing on that connection fails from
/// there.
public final class FaultyLink: Sendable {
    /// The moment of a drop.
    public enum DropMoment: Sendable {
        /// The frame is not passed on.
        case before
        /// The frame is passed on, and its receiver has it.
        case after
    }

    /// The port on the loopback address that clients connect to.
    public let port: Int
    let core: LinkCore
    private let listener: any Channel

    private init(port: Int, core: LinkCore, listener: any Channel) {
        self.port = port
        self.core = core
        self.listener = listener
    }

    /// Opens a link to a broker's port on the loopback address; the broker need not be there yet.
    ///
    /// - Throws: what the system throws when no port can be listened on.
    public static func start(to brokerPort: Int) async throws -> FaultyLink {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let core = LinkCore(loop: loop, brokerPort: brokerPort)
        let listener = try await ServerBootstrap(group: loop)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LinkEnd(.client, core.add()))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return FaultyLink(port: listener.localAddress?.port ?? 0, core: core, listener: listener)
    }

    /// Opens a link while `body` runs.
    ///
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws, or the system when no port can be listened on.
    public static func with<Result: Sendable>(
        _ brokerPort: Int, _ body: (FaultyLink) async throws -> Result
    ) async throws -> Result {
        let link = try await start(to: brokerPort)
        do {
            let result = try await body(link)
            await link.stop()
            return result
        } catch {
            await link.stop()
            throw error
        }
    }

    /// Closes the port and all connections.
    public func stop() async {
        try? await listener.close()
        try? await core.loop.flatSubmit { [core] in core.stop() }.get()
    }

    /// What was seen and thrown until now.
    public var counts: FaultCounts {
        get async { (try? await core.loop.submit { [core] in core.plan.counts }.get()) ?? FaultCounts() }
    }

    /// Waits until the counts are as a test needs them, such as `{ $0.waitingFrames == 3 }`.
    ///
    /// - Throws: `CancellationError` when the task is cancelled or the link is stopped.
    public func wait(until condition: @escaping @Sendable (FaultCounts) -> Bool) async throws {
        let core = core
        let id = try await core.loop.submit { core.newWaiter() }.get()
        try await withTaskCancellationHandler {
            let reached = core.loop.flatSubmit { core.wait(id, until: condition) }
            // A cancellation before that line found no waiter.
            if Task.isCancelled { core.loop.execute { core.cancel(id) } }
            try await reached.get()
        } onCancel: {
            core.loop.execute { core.cancel(id) }
        }
    }

    /// Changes the plan on the loop, and lets the connections look at it.
    func change(releasing: Bool = false, _ change: @escaping @Sendable (inout FaultPlan) -> Void) async {
        let core = core
        try? await core.loop.submit {
            change(&core.plan)
            core.replan(releasing: releasing)
        }.get()
    }
}
