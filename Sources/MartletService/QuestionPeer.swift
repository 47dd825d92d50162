// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletLock
import MartletModel

/// The peer inside the process: one connection whose replies are handed to the callers in order.
final class QuestionPeer: Sendable {
    private struct State {
        var isConnected = false
        var isEnded = false
        var waiting: [CheckedContinuation<QuestionAnswer, any Error>] = []
    }

    private static let name = "martlet"
    private let state = Lock(State())

    let route: BrokerRoute

    init(_ route: BrokerRoute) {
        self.route = route
    }

    func ask(_ command: Command, as access: Access) async throws -> QuestionAnswer {
        try await withCheckedThrowingContinuation { continuation in
            let isRefused = state.withLock { state in
                guard !state.isEnded else { return true }
                let id = route.connectionID(0)
                if !state.isConnected {
                    state.isConnected = true
                    route.put(.connected(id, client: Self.name, session: Self.name, resuming: nil))
                }
                state.waiting.append(continuation)
                var gathered = CommandGatherer()
                gathered.add(command)
                // Handed over within the lock, so that answers come in the order of those who wait.
                route.put(.commands(route.pool.batch(&gathered, of: id, as: access)))
                return false
            }
            if isRefused { continuation.resume(throwing: Self.stopped) }
        }
    }

    func deliver(_ outboxes: [Outbox]) {
        for outbox in outboxes { for item in outbox.items { answer(item, outbox) } }
    }

    private func answer(_ item: Outbox.Item, _ outbox: Outbox) {
        switch item {
        case .ok, .pong: resume(.success(.done))
        case .settled(let number): resume(.success(.number(number)))
        case .reply(let index):
            switch outbox.replies[index] {
            case .stopping, .lost, .gone, .replaced: break
            case .refused(let refusal), .closing(let refusal): resume(.failure(refusal))
            case let reply: resume(.success(.reply(reply)))
            }
        case .published(let first, let count, _):
            for place in 0..<UInt64(count) { resume(.success(.published(first + place))) }
        case .duplicate(let offset): resume(.success(.published(offset)))
        case .queued(let count, _): for _ in 0..<count { resume(.success(.done)) }
        case .refused(let count, let index):
            guard case .refused(let refusal) = outbox.replies[index] else { preconditionFailure() }
            for _ in 0..<count { resume(.failure(refusal)) }
        }
    }

    private func resume(_ result: Result<QuestionAnswer, Refusal>) {
        let continuation = state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
        continuation?.resume(with: result.mapError { $0 as any Error })
    }

    /// The broker has stopped: nothing is answered any more.
    func end() {
        let waiting = state.withLock { state in
            state.isEnded = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(throwing: Self.stopped) }
    }

    private static var stopped: Refusal { Refusal(.shuttingDown, "the broker has stopped") }
}
