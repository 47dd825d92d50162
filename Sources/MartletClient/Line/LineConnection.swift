// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol
import NIOCore
import NIOSSL

/// One connection to a broker, from the attempt to open it to its end: the only thing here that touches a socket.
///
/// It says `HELLO`, answers `PING`, shows the broker that this side is alive, gives up a broker that is silent for two
/// heartbeats, and cuts what comes into replies and pushes. What they mean is its owner's business.
// SAFETY: confined to its event loop: every method is called on it (the entrances assert so).
final class LineConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    private enum Phase {
        /// The channel is being opened. Can become `greeting` or `ended`.
        case connecting
        /// `HELLO` is said. Can become `open` or `ended`.
        case greeting
        /// Commands can be written. Becomes `ended`.
        case open
        /// It is over.
        case ended
    }

    /// What the broker said in its answer to `HELLO`; nil before that.
    private(set) var greeting: Greeting?

    let loop: any EventLoop
    private let address: ClientConfiguration.Address
    private let configuration: ClientConfiguration
    /// The session that the connection asks for.
    private let session: String?
    private var owner: (any LineConnectionOwner)?
    private var phase = Phase.connecting
    private var channel: (any Channel)?
    private var parser = IncomingParser()
    private var outgoing = ByteBuffer()
    private var hasWritten = false
    private var isPaused = false
    private var isClosing = false
    private var lastReceived: NIODeadline
    private var lastSent: NIODeadline
    private var helloTimeout: Scheduled<Void>?
    private var heartbeatTask: RepeatedTask?
    private var failure: (any Error)?
    /// What a failure of TLS means, which was found while the handler that knows the certificate was there.
    private var secureFailure: ClientError?
    private var isAnsweredWithTLS = false

    /// Makes a connection that is not opened yet.
    ///
    /// - Parameter session: the session whose consumers are to come back, if there is one.
    init(
        to address: ClientConfiguration.Address, _ configuration: ClientConfiguration, session: String? = nil,
        loop: any EventLoop, owner: any LineConnectionOwner
    ) {
        self.address = address
        self.configuration = configuration
        self.session = session
        self.loop = loop
        self.owner = owner
        lastReceived = loop.now
        lastSent = loop.now
    }

    // MARK: - From its opening to its end

    /// Begins to connect; the owner is told what comes of it.
    func open(_ transport: Transport) {
        loop.assertInEventLoop()
        transport.open(address, configuration, loop).hop(to: loop).whenComplete { result in
            switch result {
            case .success(let channel): self.connected(channel)
            case .failure(let error):
                self.end(
                    error as? ClientError
                        ?? ClientError(.unreachable, ConnectFailure.text(error, address: self.address), cause: error))
            }
        }
    }

    private func connected(_ channel: any Channel) {
        guard phase == .connecting else { return channel.close(promise: nil) }
        self.channel = channel
        do {
            try channel.pipeline.syncOperations.addHandler(self)
        } catch {
            return end(ClientError(.connectionLost, "the broker closed the connection", cause: error))
        }
        guard channel.isActive else { return end(ClientError(.connectionLost, "the broker closed the connection")) }
        phase = .greeting
        lastReceived = loop.now
        let hello = Hello(
            versions: [1], client: configuration.name, token: configuration.token, session: session,
            heartbeat: UInt64(max(0, configuration.heartbeat.components.seconds)))
        write { CommandEncoder.write(hello, into: &$0) }
        flush()
        helloTimeout = loop.scheduleTask(in: .milliseconds(configuration.connectTimeout.milliseconds)) {
            self.end(
                ClientError(
                    .unreachable, "\(self.address) accepted the connection but does not answer HELLO"))
        }
    }

    /// Takes the answer to the greeting, if it is here.
    private func greet() throws(ClientError) {
        let answer: Incoming?
        do {
            answer = try next()
        } catch {
            throw notMartlet(cause: error)
        }
        switch answer {
        case nil: return
        case .reply(let reply):
            guard let greeting = Greeting(reply) else { throw notMartlet() }
            helloTimeout?.cancel()
            self.greeting = greeting
            phase = .open
            keepAlive(heartbeat: (greeting.heartbeat ?? configuration.heartbeat.components.seconds) * 1_000)
            owner?.opened(self)
        case .refusal(let code, let message):
            throw ClientError(.refused(code), "the broker refused the connection: \(code) \(message)")
        case .message, .lost, .gone, .goodbye: throw notMartlet()
        }
    }

    private func notMartlet(cause: ClientError? = nil) -> ClientError {
        if isAnsweredWithTLS {
            return ClientError(
                .unreachable, "cannot connect to \(address): it speaks TLS; use martlets://", cause: cause)
        }
        return ClientError(.protocolViolation, "\(address): the peer does not speak Martlet protocol 1", cause: cause)
    }

    private func keepAlive(heartbeat: Int64) {
        let interval = TimeAmount.milliseconds(max(100, heartbeat / 2))
        heartbeatTask = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            let now = self.loop.now
            // What this side does not read cannot show that the other is alive.
            if !self.isPaused, now - self.lastReceived > .milliseconds(heartbeat * 2) {
                let seconds = heartbeat * 2 / 1_000
                return self.end(
                    ClientError(.connectionLost, "the broker was silent for two heartbeats (\(seconds) s)"))
            }
            if now - self.lastSent >= interval {
                self.write(.ping)
                self.flush()
            }
        }
    }

    /// Closes the channel; the owner is told when it is closed, and nothing when none was opened yet.
    func close() {
        loop.assertInEventLoop()
        isClosing = true
        guard let channel else {
            phase = .ended
            owner = nil
            return
        }
        channel.close(promise: nil)
    }

    /// Ends the connection for a reason that the owner is told at once.
    func end(_ error: ClientError) {
        loop.assertInEventLoop()
        guard phase != .ended else { return }
        phase = .ended
        helloTimeout?.cancel()
        heartbeatTask?.cancel()
        let owner = owner.take()
        let channel = channel.take()
        owner?.ended(self, error)
        channel?.close(promise: nil)
    }

    // MARK: - What the broker sends

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastReceived = loop.now
        let buffer = unwrapInboundIn(data)
        // An alert of TLS begins with this, and no answer of a broker does.
        if phase == .greeting, buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) == 21 {
            isAnsweredWithTLS = true
            return end(notMartlet())
        }
        buffer.withUnsafeReadableBytes { parser.append($0) }
        do throws(ClientError) {
            if phase == .greeting { try greet() }
            if phase == .open { try owner?.received(on: self) }
        } catch {
            end(error)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if phase == .open { owner?.readCompleted(on: self) }
        flush()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = failure ?? error
        if configuration.tls != nil, secureFailure == nil {
            let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
            secureFailure = SecureFailure.error(error, address, handler)
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let message = isClosing ? "the connection was closed" : ConnectFailure.ending(failure)
        end(secureFailure ?? ClientError(.connectionLost, message, cause: failure))
        context.fireChannelInactive()
    }

    /// The next reply or push; nil when more bytes are needed.
    func next() throws(ClientError) -> Incoming? {
        while let step = try parser.next() {
            switch step {
            case .incoming(let incoming): return incoming
            case .ping: write { CommandEncoder.writePong(into: &$0) }
            case .pong: break
            }
        }
        return nil
    }

    /// Takes the confirms that come next, as `IncomingParser.confirms` does.
    @inline(__always)
    func confirms(atMost limit: Int, _ take: (UInt64, _ isDuplicate: Bool, _ isUnseen: Bool) -> Void) -> Int {
        parser.confirms(atMost: limit, take)
    }

    /// Stops reading, so that what the owner has not taken does not fill the memory, or goes on.
    func pause(_ isPaused: Bool) {
        loop.assertInEventLoop()
        guard self.isPaused != isPaused, let channel else { return }
        self.isPaused = isPaused
        lastReceived = loop.now
        channel.setOption(.autoRead, value: !isPaused).whenFailure { _ in
            // The channel is closed, and the owner is told so.
        }
    }

    // MARK: - What is sent to the broker

    /// Writes a command; it leaves with the next `flush`.
    func write(_ command: Command) {
        CommandEncoder.write(command, into: &outgoing)
        hasWritten = true
    }

    /// Writes what is no command of its own: the greeting and signs of life.
    private func write(_ encode: (inout ByteBuffer) -> Void) {
        encode(&outgoing)
        hasWritten = true
    }

    /// Writes commands; they leave with the next `flush`.
    func write(_ frame: ByteBuffer) {
        hasWritten = true
        // A large frame is written as it is; many small ones become one.
        if frame.readableBytes > 4_096 {
            writeOutgoing()
            channel?.write(frame, promise: nil)
        } else {
            outgoing.writeImmutableBuffer(frame)
        }
    }

    private func writeOutgoing() {
        guard outgoing.readableBytes > 0 else { return }
        channel?.write(outgoing, promise: nil)
        outgoing = ByteBuffer()
    }

    /// Sends what was written.
    ///
    /// - Parameter promise: is kept when the system has taken all of it, and fails when the connection is over.
    func flush(_ promise: EventLoopPromise<Void>? = nil) {
        loop.assertInEventLoop()
        guard let channel else {
            promise?.fail(ChannelError.alreadyClosed)
            return
        }
        guard hasWritten || promise != nil else { return }
        hasWritten = false
        lastSent = loop.now
        if promise != nil {
            channel.write(outgoing, promise: promise)
            outgoing = ByteBuffer()
        } else {
            writeOutgoing()
        }
        channel.flush()
    }
}
