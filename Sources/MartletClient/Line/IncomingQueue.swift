// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock

/// What a connection hands to the thread that waits for it; the only thing that both touch.
///
/// It holds no more than some megabytes: beyond that, the connection reads on when the thread has taken what is here.
final class IncomingQueue: LineConnectionOwner {
    /// Something that the broker sent.
    enum Element: Sendable {
        case confirm(Confirm)
        case incoming(Incoming)
    }

    private struct State {
        var elements: [Element] = []
        var bytes = 0
        var greeting: Greeting?
        var end: ClientError?
        var isPaused = false
        /// Whether the thread is about to wait, or waits.
        var isWaiting = false
    }

    /// Bytes of messages and replies that wait here before the connection stops reading.
    private static let most = 4 << 20
    /// What something counts for beside its body.
    private static let overhead = 256

    /// Wakes the thread.
    let bell: Bell
    private let state = Lock(State())

    init() throws(ClientError) { bell = try Bell() }

    // MARK: - The connection's side

    func opened(_ connection: LineConnection) {
        ring { $0.greeting = connection.greeting }
    }

    func received(on connection: LineConnection) throws(ClientError) {
        var elements: [Element] = []
        var bytes = 0
        defer { add(elements, bytes, connection) }
        while true {
            _ = connection.confirms(atMost: .max) { offset, isDuplicate, isUnseen in
                elements.append(.confirm(Confirm(offset: offset, isDuplicate: isDuplicate, isUnseen: isUnseen)))
            }
            guard let next = try connection.next() else { return }
            elements.append(.incoming(next))
            switch next {
            case .message(let message): bytes += message.body.count
            case .reply(let reply): bytes += reply.data.count
            case .refusal, .lost, .gone, .goodbye: break
            }
        }
    }

    private func add(_ elements: [Element], _ bytes: Int, _ connection: LineConnection) {
        guard !elements.isEmpty else { return }
        var isFull = false
        ring { state in
            state.elements.append(contentsOf: elements)
            state.bytes += bytes + elements.count * Self.overhead
            isFull = state.bytes > Self.most
            if isFull { state.isPaused = true }
        }
        if isFull { connection.pause(true) }
    }

    func readCompleted(on connection: LineConnection) {}

    func ended(_ connection: LineConnection, _ error: ClientError) {
        ring { $0.end = error }
    }

    private func ring(_ change: (inout State) -> Void) {
        let isWaiting = state.withLock { state in
            change(&state)
            defer { state.isWaiting = false }
            return state.isWaiting
        }
        if isWaiting { bell.ring() }
    }

    // MARK: - The thread's side

    /// What a thread finds here.
    enum Found {
        /// What came, in its order, and whether the connection waits to read on.
        case elements([Element], isPaused: Bool)
        /// The connection is over, and all that came before that was taken.
        case end(ClientError)
        /// There is nothing; the bell rings when there is.
        case nothing
    }

    /// Takes all that is here.
    ///
    /// - Parameter willWait: whether the thread waits when there is nothing, so that the bell has to ring.
    func take(willWait: Bool) -> Found {
        state.withLock { state in
            state.isWaiting = false
            guard state.elements.isEmpty else {
                var elements: [Element] = []
                swap(&elements, &state.elements)
                defer { state.isPaused = false }
                state.bytes = 0
                return .elements(elements, isPaused: state.isPaused)
            }
            if let end = state.end { return .end(end) }
            state.isWaiting = willWait
            return .nothing
        }
    }

    /// What the broker said in its answer to `HELLO`, once that is here.
    ///
    /// - Throws: why there is no connection.
    func greeting() throws(ClientError) -> Greeting? {
        let (greeting, end) = state.withLock { state in
            state.isWaiting = state.greeting == nil && state.end == nil
            return (state.greeting, state.end)
        }
        if let greeting { return greeting }
        if let end { throw end }
        return nil
    }
}
