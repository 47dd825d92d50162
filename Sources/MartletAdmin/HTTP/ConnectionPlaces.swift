// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
import NIOCore

/// The places for connections: when all of them are taken, those who say nothing lose theirs.
///
/// Others wait to be accepted meanwhile, the questions of a supervisor for health among them. A few clients that begin
/// requests and never end them would keep all of these out.
final class ConnectionPlaces: Sendable {
    private struct Holder {
        let channel: any Channel
        /// When a part of a request came in last, whole.
        var heard: NIODeadline
    }

    private struct State {
        var holders: [ObjectIdentifier: Holder] = [:]
        /// Whether it will be looked at.
        var isWatched = false
    }

    private let limit: Int
    private let patience: TimeAmount
    private let state = Lock(State())

    /// Makes places for so many.
    ///
    /// - Parameter patience: how long a connection may say nothing while all places are taken.
    init(limit: Int, patience: TimeAmount) {
        self.limit = limit
        self.patience = patience
    }

    /// A connection takes a place.
    func enter(_ channel: any Channel) {
        let isFull = state.withLock { state in
            state.holders[ObjectIdentifier(channel)] = Holder(channel: channel, heard: .now())
            guard state.holders.count >= limit, !state.isWatched else { return false }
            state.isWatched = true
            return true
        }
        if isFull { watch(on: channel.eventLoop) }
    }

    /// A connection said something.
    func heard(_ channel: any Channel) {
        state.withLock { $0.holders[ObjectIdentifier(channel)]?.heard = .now() }
    }

    /// A connection ended.
    func leave(_ channel: any Channel) {
        state.withLock { $0.holders[ObjectIdentifier(channel)] = nil }
    }

    private func watch(on loop: any EventLoop) {
        loop.scheduleTask(in: patience) { self.look(on: loop) }
    }

    private func look(on loop: any EventLoop) {
        let silent = state.withLock { state -> [any Channel]? in
            guard state.holders.count >= limit else {
                state.isWatched = false
                return nil
            }
            let before = NIODeadline.now() - patience
            return state.holders.values.filter { $0.heard <= before }.map(\.channel)
        }
        guard let silent else { return }
        for channel in silent { channel.close(promise: nil) }
        watch(on: loop)
    }
}
