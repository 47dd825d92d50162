// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel
import MartletProtocol
package import NIOCore
import NIOPosix

/// A connection to a broker for programs that do one thing at a time, such as the command line; it blocks its thread.
///
/// Commands are queued, and sent by `flush` or before a wait in `next`. The connection lives on an event loop of its
/// own, which keeps it alive while this thread does other things.
package final class BlockingConnection {
    /// What ended a wait.
    package enum Event: Sendable {
        /// The broker sent something.
        case incoming(Incoming)
        /// One of the other descriptors is ready.
        case other
        /// Nothing happened in the time given.
        case timeout
    }

    /// What the broker said in its answer to `HELLO`.
    package let greeting: Greeting
    /// The largest body that the broker takes, in bytes.
    package var maxBody: Int { greeting.maxBody ?? Limits.bodyCeiling }
    /// Commands that have no answer yet.
    package private(set) var unanswered = 0
    /// Bytes that are queued and not yet handed to the connection.
    package var queuedBytes: Int { output.readableBytes }

    private let queue: IncomingQueue
    private let connection: LineConnection
    private var output = ByteBuffer()
    private var taken: ArraySlice<IncomingQueue.Element> = []

    /// Connects to the first address of a configuration and says `HELLO`.
    package init(_ configuration: ClientConfiguration) throws(ClientError) {
        try configuration.check()
        let loop = (configuration.eventLoopGroup ?? MultiThreadedEventLoopGroup.singleton).next()
        queue = try IncomingQueue()
        let connection = LineConnection(to: configuration.addresses[0], configuration, loop: loop, owner: queue)
        self.connection = connection
        loop.execute { connection.open(.tcp) }
        var greeting = try queue.greeting()
        while greeting == nil {
            _ = queue.bell.wait(orReadable: [], timeout: nil)
            greeting = try queue.greeting()
        }
        guard let greeting else { throw ClientError(.protocolViolation, "the broker sent no greeting") }
        self.greeting = greeting
    }

    deinit {
        connection.loop.execute { [connection] in connection.close() }
    }

    /// Queues a command; its answer is to be taken with `next`.
    package func send(_ command: Command) {
        CommandEncoder.write(command, into: &output)
        unanswered += 1
    }

    /// Queues one command that the body writes; its answer is to be taken with `next`.
    package func send(_ write: (inout ByteBuffer) -> Void) {
        write(&output)
        unanswered += 1
    }

    /// Sends all that is queued, and waits until the system has taken it.
    ///
    /// What the broker sends meanwhile is kept for `next`, and so is the news that the connection is over.
    package func flush() {
        guard queuedBytes > 0 else { return }
        let sent = connection.loop.makePromise(of: Void.self)
        handOver(sent)
        // When the connection is over, `next` tells why.
        try? sent.futureResult.wait()
    }

    private func handOver(_ promise: EventLoopPromise<Void>? = nil) {
        guard queuedBytes > 0 else { return }
        let frame = output
        output = ByteBuffer()
        connection.loop.execute { [connection] in
            connection.write(frame)
            connection.flush(promise)
        }
    }

    /// What the broker sent and is already here; nil when there is nothing without waiting.
    package func buffered() -> Incoming? {
        _ = refill(willWait: false)
        return pop()
    }

    /// Takes the confirms that are already here, up to what is not a confirm.
    package func confirms(_ take: (Confirm) -> Void) {
        _ = refill(willWait: false)
        while case .confirm(let confirm)? = taken.first {
            taken.removeFirst()
            unanswered -= 1
            take(confirm)
        }
    }

    /// Sends what is queued and waits for what the broker sends next.
    ///
    /// - Parameters:
    ///   - others: descriptors, such as standard input, whose readability ends the wait too.
    ///   - writable: descriptors, such as standard output, that end the wait when they can be written.
    ///   - timeout: milliseconds; nil waits as long as the broker shows that it is alive.
    /// - Throws: why the connection is over, once all that came before that has been taken.
    package func next(
        orReadable others: [Int32] = [], orWritable writable: [Int32] = [], timeout: Int? = nil
    ) throws(ClientError) -> Event {
        let deadline = timeout.map { ContinuousClock.now + .milliseconds($0) }
        var isOtherReady = false
        while true {
            let end = refill(willWait: true)
            if let incoming = pop() { return .incoming(incoming) }
            if let end { throw end }
            if isOtherReady { return .other }
            // Even who does not wait at all has sent what was queued.
            handOver()
            let left = deadline.map { max(0, Int(($0 - .now) / .milliseconds(1))) }
            if left == 0 { return .timeout }
            isOtherReady = queue.bell.wait(orReadable: others, orWritable: writable, timeout: left)
        }
    }

    /// Takes over what has come, if all that came before was taken.
    ///
    /// - Returns: why the connection is over, once that is all that is left.
    private func refill(willWait: Bool) -> ClientError? {
        guard taken.isEmpty else { return nil }
        switch queue.take(willWait: willWait) {
        case .elements(let elements, let isPaused):
            taken = elements[...]
            if isPaused { connection.loop.execute { [connection] in connection.pause(false) } }
            return nil
        case .end(let error): return error
        case .nothing: return nil
        }
    }

    private func pop() -> Incoming? {
        switch taken.popFirst() {
        case nil: return nil
        case .confirm(let confirm):
            unanswered -= 1
            return .reply(confirm.reply)
        case .incoming(let incoming):
            switch incoming {
            case .reply, .refusal: unanswered -= 1
            case .message, .lost, .gone, .goodbye: break
            }
            return incoming
        }
    }

    /// Sends one command and waits for its answer; pushes that come before it are handed to `onPush`.
    ///
    /// - Throws: `refused` when the answer is `ERR`.
    package func request(_ command: Command, onPush: (Incoming) -> Void = { _ in }) throws(ClientError) -> Reply {
        send(command)
        while true {
            guard case .incoming(let incoming) = try next() else { continue }
            switch incoming {
            case .reply(let reply): return reply
            case .refusal(let code, let message): throw ClientError(.refused(code), "\(code): \(message)")
            default: onPush(incoming)
            }
        }
    }

    /// Says `BYE` and waits a moment for the answer, so that the broker sees an orderly end.
    package func close() {
        send(.bye)
        do {
            while unanswered > 0 {
                guard case .incoming = try next(timeout: 2_000) else { return }
            }
        } catch {
            // The connection is given up either way, and all replies that matter have been taken.
        }
    }
}
