// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletProtocol
import NIOCore
import NIOPosix
import Synchronization

/// The client's side of its conversations with brokers, one connection after the other.
// SAFETY: confined to its event loop: every method is called on it (the entrances assert so), and what tasks want
// comes through the intake. `isOpen` is a value of its own behind a lock.
final class Link: @unchecked Sendable {
    let loop: any EventLoop
    let configuration: ClientConfiguration
    let logger: Logger
    let intake: Intake

    var state: LinkState
    var ledger = RequestLedger()
    var mailboxes: [Int: Mailbox] = [:]
    var touching: [Int: Touching] = [:]
    /// Subscriptions that are to be answered before anything else is written, so that leases are known again.
    var pendingSubscriptions = 0
    /// Whether the broker has said that it stops: nothing but settling is written.
    var isBrokerLeaving = false
    private(set) var session: String?
    private(set) var maxBody = Limits.bodyCeiling

    private var channel: (any Channel)?
    private var generation = 0
    private var parser = IncomingParser()
    private var outgoing = ByteBuffer()
    private var hasWritten = false
    private var heartbeat: Int64
    private var lastReceived = NIODeadline.now()
    private var lastSent = NIODeadline.now()
    private var heartbeatTask: RepeatedTask?
    private var lastFailure: ClientError?
    private var fatal: ClientError?
    private var finish: CheckedContinuation<Result<Void, ClientError>, Never>?

    init(configuration: ClientConfiguration, loop: any EventLoop, intake: Intake, logger: Logger) {
        self.configuration = configuration
        self.loop = loop
        self.intake = intake
        self.logger = logger
        state = LinkState(configuration)
        heartbeat = configuration.heartbeat.milliseconds
    }

    // MARK: - Life

    /// Begins to connect; `finish` is resumed when the link is over.
    func start(_ finish: CheckedContinuation<Result<Void, ClientError>, Never>) {
        loop.assertInEventLoop()
        self.finish = finish
        // It was asked to end before it began.
        if state.phase == .ended { return end(failed: false) }
        intake.attach { [loop] in loop.execute { self.takeOrders() } }
        perform(state.start())
        takeOrders()
    }

    /// Ends as soon as consumers are gone and everything is answered, at the latest after a time.
    func drain(within limit: Duration) {
        loop.assertInEventLoop()
        for mailbox in mailboxes.values { mailbox.drain() }
        _ = schedule(after: limit) { link in
            for mailbox in link.mailboxes.values { mailbox.drain(isExpired: true) }
            // What was cancelled gets a moment to give its messages back.
            _ = link.schedule(after: .seconds(2)) { $0.end(failed: false) }
        }
        takeOrders()
        perform(state.drain(hasWork: hasWork))
        leaveIfDone()
    }

    private var hasWork: Bool { !ledger.isEmpty || !mailboxes.isEmpty || !intake.isIdle }

    private func perform(_ action: LinkState.Action) {
        switch action {
        case .nothing: break
        case .connect(let address): connect(address)
        case .wait(let milliseconds):
            _ = schedule(after: .milliseconds(milliseconds)) { $0.perform($0.state.retry()) }
        case .end(let failed): end(failed: failed)
        }
    }

    /// Says goodbye when the link drains and nothing is left to do.
    func leaveIfDone() {
        guard state.isDraining, state.phase == .open, !hasWork, pendingSubscriptions == 0 else { return }
        state.leave()
        write(Request(frame: ByteBuffer(string: "BYE\n")))
        flushWrites()
        let current = generation
        _ = schedule(after: .seconds(2)) { link in
            if link.generation == current { link.channel?.close(promise: nil) }
        }
    }

    /// Ends for good; whoever waits is told.
    func end(failed: Bool) {
        guard let finish else { return state.end() }
        self.finish = nil
        state.end()
        heartbeatTask?.cancel()
        channel?.close(promise: nil)
        channel = nil
        generation += 1
        let error =
            fatal
            ?? (failed
                ? ClientError(
                    .unreachable, "no broker could be reached: \(lastFailure?.message ?? "no address")",
                    cause: lastFailure)
                : ClientError(.closed, "the client does not run any more"))
        for order in intake.close(error) { refuse(order, error) }
        for (request, wasWritten) in ledger.removeAll() {
            request.fail(wasWritten ? .unanswered(error) : error)
        }
        let isFailure = failed || fatal != nil
        for mailbox in mailboxes.values {
            mailbox.end(isFailure || !state.isDraining ? .failure(error) : .success(()))
        }
        mailboxes = [:]
        for touching in touching.values { touching.task.cancel() }
        touching = [:]
        finish.resume(returning: isFailure ? .failure(error) : .success(()))
    }

    private func refuse(_ order: Order, _ error: ClientError) {
        switch order {
        case .request(let request): request.fail(error)
        case .subscribe(let mailbox): mailbox.end(.failure(error))
        case .cancel, .unsubscribe, .pause: break
        }
    }

    /// Ends because no other attempt can go better.
    func fail(_ error: ClientError) {
        fatal = error
        end(failed: true)
    }

    /// Calls back on the loop after a time.
    func schedule(after delay: Duration, _ body: @escaping @Sendable (Link) -> Void) -> Scheduled<Void> {
        loop.scheduleTask(in: .milliseconds(max(0, delay.milliseconds))) { body(self) }
    }

    // MARK: - Connection

    private func connect(_ address: ClientConfiguration.Address) {
        generation += 1
        let current = generation
        let secure = configuration.secure
        ClientBootstrap(group: loop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connectTimeout(.milliseconds(configuration.connectTimeout.milliseconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try secure?(channel)
                    try channel.pipeline.syncOperations.addHandler(
                        ConversationHandler(link: self, generation: current))
                }
            }
            .connect(host: address.host, port: address.port)
            .hop(to: loop)
            .whenComplete { result in
                switch result {
                case .success(let channel): self.connected(channel, generation: current)
                case .failure(let error):
                    self.connectionEnded(
                        ClientError(.unreachable, "cannot connect to \(address)", cause: error), generation: current)
                }
            }
    }

    private func connected(_ channel: any Channel, generation: Int) {
        guard generation == self.generation, state.phase == .connecting, channel.isActive else {
            channel.close(promise: nil)
            if generation == self.generation {
                connectionEnded(
                    ClientError(.connectionLost, "the connection to the broker ended"), generation: generation)
            }
            return
        }
        self.channel = channel
        parser = IncomingParser()
        outgoing.clear()
        hasWritten = false
        isBrokerLeaving = false
        lastReceived = .now()
        state.connected()
        var hello = "HELLO 1 client=\(FieldCoding.encode(configuration.name))"
        hello += " heartbeat=\(configuration.heartbeat.components.seconds)"
        if let token = configuration.token { hello += " token=\(FieldCoding.encode(token))" }
        if let session, mailboxes.values.contains(where: { $0.subscription.options.grace != nil }) {
            hello += " session=\(FieldCoding.encode(session))"
        }
        outgoing.writeString(hello + "\n")
        hasWritten = true
        flushWrites()
        _ = schedule(after: configuration.connectTimeout) { link in
            guard link.generation == generation, link.state.phase == .greeting else { return }
            link.abort(ClientError(.connectionLost, "the broker does not answer HELLO"))
        }
    }

    /// Takes the answer to the greeting.
    func greeted(_ answer: Answer) {
        switch answer {
        case .refusal(let code, let message):
            let error = ClientError(.refused(code), "the broker refused the connection: \(code) \(message)")
            guard error.code.isTemporary || code == "limit" else { return fail(error) }
            abort(error)
        case .reply(let reply):
            guard reply.word == "OK", reply.fields.first == "1" else {
                return abort(ClientError(.protocolViolation, "this is no broker that speaks version 1"))
            }
            session = reply.options["session"]
            maxBody = reply.options["max-body"].flatMap { Int($0) } ?? maxBody
            if let seconds = reply.options["heartbeat"].flatMap({ Int64($0) }), (1...3_600).contains(seconds) {
                heartbeat = seconds * 1_000
            }
            lastFailure = nil
            logger.debug("connected", metadata: ["martlet.session": "\(session ?? "")"])
            state.greeted()
            keepAlive()
            for mailbox in mailboxes.values.sorted(by: { $0.number < $1.number }) { subscribe(mailbox) }
            flush()
            leaveIfDone()
        }
    }

    /// Gives up the connection.
    func abort(_ error: ClientError) {
        let current = generation
        let ended = channel
        connectionEnded(error, generation: current)
        ended?.close(promise: nil)
    }

    /// Takes the news that a connection is over.
    func connectionEnded(_ error: ClientError, generation: Int) {
        loop.assertInEventLoop()
        guard generation == self.generation, state.phase != .ended else { return }
        self.generation += 1
        channel = nil
        heartbeatTask?.cancel()
        pendingSubscriptions = 0
        lastFailure = error
        for request in ledger.connectionEnded() {
            intake.release(request)
            request.fail(.unanswered(error))
        }
        for mailbox in mailboxes.values where mailbox.subscription.options.grace == nil { mailbox.loseAll() }
        let random = configuration.random?() ?? UInt64.random(in: .min ... .max)
        logger.log(
            level: state.phase == .leaving ? .debug : .warning, "\(error.message)",
            metadata: ["error.code": "\(error.code)"])
        perform(state.connectionEnded(hasWork: hasWork, random: random))
    }

    private func keepAlive() {
        heartbeatTask?.cancel()
        let current = generation
        let interval = TimeAmount.milliseconds(max(100, heartbeat / 2))
        heartbeatTask = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            guard self.generation == current else { return }
            let now = NIODeadline.now()
            if now - self.lastReceived > .milliseconds(self.heartbeat * 2) {
                return self.abort(ClientError(.connectionLost, "the broker was silent for two heartbeats"))
            }
            if now - self.lastSent >= interval {
                self.outgoing.writeString("PING\n")
                self.hasWritten = true
                self.flushWrites()
            }
        }
    }

    // MARK: - Reading

    /// Takes bytes of the connection.
    func received(_ bytes: ByteBuffer, generation: Int) {
        loop.assertInEventLoop()
        guard generation == self.generation else { return }
        lastReceived = .now()
        bytes.withUnsafeReadableBytes { parser.append($0) }
        do throws(ClientError) {
            while true {
                if ledger.expectedConfirms > 0, ledger.confirm(from: { parser.confirms(atMost: $0, $1) }) > 0 {
                    complete()
                    continue
                }
                guard let step = try parser.next() else { return }
                try take(step)
                // What was taken may have ended this connection.
                guard generation == self.generation else { return }
            }
        } catch {
            abort(error)
        }
    }

    /// Writes what the bytes of one read have brought about.
    func readCompleted(generation: Int) {
        guard generation == self.generation else { return }
        flush()
        flushWrites()
        leaveIfDone()
    }

    private func take(_ step: IncomingParser.Step) throws(ClientError) {
        switch step {
        case .pong: break
        case .ping:
            outgoing.writeString("PONG\n")
            hasWritten = true
        case .incoming(.reply(let reply)): try take(.reply(reply))
        case .incoming(.refusal(let code, let message)): try take(.refusal(code: code, message: message))
        case .incoming(.message(let message)): try deliver(message)
        case .incoming(.lost(let consumer, let tags, let reason)):
            logger.debug("leases were lost", metadata: ["reason": "\(reason)", "leases": "\(tags.count)"])
            mailboxes[consumer]?.lose(tags)
        case .incoming(.goodbye(let reason)):
            logger.info("the broker is about to stop", metadata: ["reason": "\(reason)"])
            isBrokerLeaving = true
            closeIfForsaken()
        }
    }

    private func take(_ answer: Answer) throws(ClientError) {
        if state.phase == .greeting { return greeted(answer) }
        guard ledger.answer(answer) else {
            throw ClientError(.protocolViolation, "the broker sent an answer that nobody asked for")
        }
        complete()
    }

    private func complete() {
        while let finished = ledger.finished() { complete(finished) }
        if isBrokerLeaving { closeIfForsaken() }
    }

    /// Leaves a broker that stops as soon as nothing is left that only it can do.
    private func closeIfForsaken() {
        guard ledger.isAnswered, mailboxes.values.allSatisfy(\.isIdle) else { return }
        channel?.close(promise: nil)
    }

    // MARK: - Writing

    /// Writes what waits, as far as the conversation has come.
    func flush() {
        guard state.phase == .open, pendingSubscriptions == 0 else { return }
        while let upcoming = ledger.upcoming {
            if let lease = upcoming.lease, lease.isLost {
                _ = ledger.drop()
                upcoming.fail(.leaseLost)
                continue
            }
            if isBrokerLeaving, upcoming.lease == nil { break }
            guard let request = ledger.next() else { break }
            append(request.frame)
        }
        flushWrites()
    }

    /// Writes a request before all that waits.
    func write(_ request: Request) {
        ledger.written(request)
        append(request.frame)
    }

    private func append(_ frame: ByteBuffer) {
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

    func flushWrites() {
        guard hasWritten else { return }
        hasWritten = false
        writeOutgoing()
        lastSent = .now()
        channel?.flush()
    }
}

extension ClientError {
    /// The connection ended before the reply.
    static func unanswered(_ error: ClientError) -> ClientError {
        ClientError(.unknown, "nobody knows whether it was done: \(error.message)", cause: error)
    }

    /// The lease was gone before the command was written.
    static let leaseLost = ClientError(.leaseLost, "the lease of the delivery is gone; the message comes again")
}
