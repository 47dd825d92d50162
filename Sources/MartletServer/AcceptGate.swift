// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Stops accepting for a moment when the system has no descriptor or memory left for a connection, or soon has none.
///
/// The last descriptors are left alone: what the process opens besides may not be able to do without, as Dispatch,
/// which traps when it cannot open what the kernel tells of threads.
///
/// It stands before the handler that sets connections up. A listening socket stays readable while connections wait, so
/// trying again at once would burn a core; those that wait are accepted when there is room.
final class AcceptGate: ChannelInboundHandler {
    typealias InboundIn = any Channel

    /// How long nothing is accepted.
    static let pause = TimeAmount.seconds(1)

    private let log: NoticeLog
    private let hasRoom: () -> Bool
    private let setReading: (Bool, any Channel) -> Void
    private var isPaused = false
    private var hasFailed = false

    /// Makes a gate.
    ///
    /// - Parameters:
    ///   - hasRoom: whether there are descriptors for one more connection.
    ///   - setReading: lets a channel accept, or not; the channel of a test has no such option.
    init(
        _ log: NoticeLog, hasRoom: @escaping () -> Bool = { true },
        setReading: @escaping (Bool, any Channel) -> Void = AcceptGate.setAutoRead
    ) {
        self.log = log
        self.hasRoom = hasRoom
        self.setReading = setReading
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if hasFailed, !isPaused {
            hasFailed = false
            log.tell(.acceptingAgain)
        }
        context.fireChannelRead(data)
        if !hasRoom() { pause("all descriptors for connections are in use", context) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, Self.isShortage(error.errnoCode) else {
            return context.fireErrorCaught(error)
        }
        pause("\(error)", context)
    }

    private func pause(_ reason: String, _ context: ChannelHandlerContext) {
        if !hasFailed { log.tell(.acceptingPaused(error: reason)) }
        hasFailed = true
        guard !isPaused else { return }
        isPaused = true
        setReading(false, context.channel)
        goOnLater(context)
    }

    private func goOnLater(_ context: ChannelHandlerContext) {
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            guard self.hasRoom() else { return self.goOnLater(context) }
            self.isPaused = false
            self.setReading(true, context.channel)
        }
    }

    static func setAutoRead(_ isReading: Bool, _ channel: any Channel) {
        // It fails when the channel is closed, and then nothing is accepted any more.
        try? channel.syncOptions?.setOption(.autoRead, value: isReading)
    }

    private static func isShortage(_ code: CInt) -> Bool {
        switch code {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: true
        default: false
        }
    }
}
