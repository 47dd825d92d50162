// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import ServiceLifecycle

/// A wait that ends early when the process stops, or when its task is cancelled.
struct Pause: Sendable {
    private let eventLoop: any EventLoop

    init(on eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Waits so many milliseconds; false when it ended early.
    func wait(_ milliseconds: Int) async -> Bool {
        let end = eventLoop.makePromise(of: Void.self)
        await withGracefulShutdownHandler {
            await wait(milliseconds, end)
        } onGracefulShutdown: {
            end.succeed()
        }
        return !Task.isCancelled && !Task.isShuttingDownGracefully
    }

    /// Waits so many milliseconds, also while the process stops.
    func waitThroughStop(_ milliseconds: Int) async {
        await wait(milliseconds, eventLoop.makePromise(of: Void.self))
    }

    private func wait(_ milliseconds: Int, _ end: EventLoopPromise<Void>) async {
        let timer = eventLoop.scheduleTask(in: .milliseconds(Int64(milliseconds))) { end.succeed() }
        await withTaskCancellationHandler {
            try? await end.futureResult.get()
        } onCancel: {
            end.succeed()
        }
        timer.cancel()
    }
}
