// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

/// The two sockets of one connection through a link.
// SAFETY: used on the link's event loop only.
final class LinkConnection: @unchecked Sendable {
    /// How long the broker says nothing before collected messages go as they are.
    private static let quiet = TimeAmount.milliseconds(20)

    /// One of the two sockets.
    private struct End {
        var cutter: FrameCutter
        /// Whether its bytes are not cut any more.
        var isRaw = false
        var handler: LinkEnd?
        var channel: (any Channel)?
        /// Whether the peer says nothing more.
        var isInputClosed = false
        /// Whether we say nothing more to it.
        var isOutputClosed = false
        var isGone = false

        init(_ side: FrameSide) { cutter = FrameCutter(side) }
    }

    private let core: LinkCore
    private var conversation: Conversation
    private var client = End(.client)
    private var broker = End(.broker)
    private var isDropped = false
    private var isWatchingQuiet = false
    private var hasHeardBroker = false

    init(ordinal: Int, core: LinkCore) {
        self.core = core
        conversation = Conversation(ordinal: ordinal)
    }

    /// The sockets that are open.
    var channels: [any Channel] { [client.channel, broker.channel].compactMap { $0 } }

    // MARK: - What the sockets say

    func opened(_ side: FrameSide, _ handler: LinkEnd, _ channel: any Channel) {
        self[side].handler = handler
        self[side].channel = channel
        guard side == .client else {
            if client.isGone { return channel.close(promise: nil) }
            client.handler?.resume()
            return
        }
        ClientBootstrap(group: core.loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LinkEnd(.broker, self))
                }
            }
            .connect(host: "127.0.0.1", port: core.brokerPort)
            .whenFailure { _ in
                // No broker is there, which the client sees as a connection that ends at once.
                self.broker.isGone = true
                self.client.channel?.close(promise: nil)
            }
    }

    func read(_ bytes: ByteBuffer, from side: FrameSide) {
        guard !isDropped else { return }
        if side == .broker { hasHeardBroker = true }
        if self[side].isRaw {
            perform(conversation.takeRaw(Array(bytes.readableBytesView), from: side, &core.plan))
        } else {
            self[side].cutter.append(bytes.readableBytesView)
            cut(side)
        }
        finishStep()
    }

    /// The peer says nothing more.
    func ended(_ side: FrameSide) {
        guard !self[side].isInputClosed else { return }
        self[side].isInputClosed = true
        if !isDropped {
            let rest = self[side].cutter.takeRest()
            perform(conversation.takeRaw(rest, from: side, &core.plan))
            perform(conversation.end(side, &core.plan))
            finishStep()
        }
        // A broker that has ended its side hears nothing any more; a client may wait for replies.
        if side == .broker || self[side].isOutputClosed { self[side].channel?.close(promise: nil) }
    }

    func gone(_ side: FrameSide) {
        ended(side)
        self[side].isGone = true
        self[side].handler = nil
        self[side].channel = nil
        if side == .broker, isDropped { endOutput(.client) }
        if side == .client, broker.channel == nil { broker.isGone = true }
        guard client.isGone, broker.isGone else {
            // The client no longer reads what the broker says, so it must not keep the broker from going on.
            if side == .client { broker.handler?.resume() }
            return
        }
        conversation.close(&core.plan)
        core.remove(self)
    }

    /// Whether a socket may be read: only when what it says can be passed on.
    func mayRead(_ side: FrameSide) -> Bool {
        switch side {
        case .client: isDropped || broker.isGone || broker.channel?.isWritable ?? false
        case .broker: isDropped || client.isGone || client.channel?.isWritable ?? false
        }
    }

    func writabilityChanged(_ side: FrameSide) {
        (side == .client ? broker : client).handler?.resume()
    }

    // MARK: - What the link says

    func replan(releasing: Bool) {
        perform(conversation.replan(releasing: releasing, &core.plan))
        finishStep()
    }

    // MARK: - Doing it

    private func cut(_ side: FrameSide) {
        do throws(FrameCutter.Failure) {
            while !isDropped, let frame = try self[side].cutter.next() {
                perform(conversation.take(frame, from: side, &core.plan))
                if let maxBody = conversation.maxBody, maxBody != client.cutter.maxBody {
                    client.cutter.maxBody = maxBody
                    // What the client said before it knew the limit may be past it.
                    if side == .broker { cut(.client) }
                }
            }
        } catch {
            // What comes is not the protocol: the other side shall see it and say so.
            self[side].isRaw = true
            perform(conversation.takeRaw(self[side].cutter.takeRest(), from: side, &core.plan))
        }
    }

    private func perform(_ actions: [Conversation.Action]) {
        for action in actions {
            switch action {
            case .toBroker(let bytes): write(bytes, to: .broker)
            case .toClient(let bytes): write(bytes, to: .client)
            case .endToBroker: endOutput(.broker)
            case .endToClient: endOutput(.client)
            case .later(let side, let id, let delay):
                core.loop.scheduleTask(in: TimeAmount(delay)) {
                    self.perform(self.conversation.due(side, id: id, &self.core.plan))
                    self.finishStep()
                }
            case .drop: drop()
            }
        }
    }

    private func write(_ bytes: [UInt8], to side: FrameSide) {
        guard let channel = self[side].channel, !self[side].isOutputClosed else { return }
        channel.write(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// Closes towards the broker first: when the client hears of it, the broker has done what it was sent.
    private func drop() {
        isDropped = true
        client.channel?.flush()
        if broker.isGone {
            endOutput(.client)
        } else {
            endOutput(.broker)
        }
        client.handler?.resume()
        broker.handler?.resume()
    }

    /// Says to a peer that nothing more comes, behind all that was written.
    private func endOutput(_ side: FrameSide) {
        guard let channel = self[side].channel, !self[side].isOutputClosed else { return }
        self[side].isOutputClosed = true
        channel.flush()
        let written = channel.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenComplete { _ in
            if self[side].isInputClosed { self[side].channel?.close(promise: nil) }
        }
        channel.close(mode: .output, promise: written)
    }

    private func finishStep() {
        client.channel?.flush()
        broker.channel?.flush()
        if conversation.isCollecting { watchQuiet() }
        core.changed()
    }

    private func watchQuiet() {
        guard !isWatchingQuiet else { return }
        isWatchingQuiet = true
        hasHeardBroker = false
        core.loop.scheduleTask(in: Self.quiet) {
            self.isWatchingQuiet = false
            if !self.hasHeardBroker {
                self.perform(self.conversation.quiet(&self.core.plan))
            }
            self.finishStep()
        }
    }

    private subscript(side: FrameSide) -> End {
        get { side == .client ? client : broker }
        // In place, so that taking bytes does not copy those that wait.
        _modify { if side == .client { yield &client } else { yield &broker } }
    }
}
