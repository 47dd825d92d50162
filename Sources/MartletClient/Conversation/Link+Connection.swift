// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletModel
import MartletProtocol
import NIOCore
import NIOPosix

// From opening a connection to its end.
extension Link {
    func connect(_ address: ClientConfiguration.Address) {
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
            maxBody = reply.options["max-body"].flatMap { Int($0) } ?? Limits.bodyCeiling
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
        // Whoever is told that nobody knows shall see that its lease is gone, and not try to settle.
        for mailbox in mailboxes.values where mailbox.subscription.options.grace == nil { mailbox.loseAll() }
        for request in ledger.connectionEnded() {
            intake.release(request)
            request.fail(.unanswered(error))
        }
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
}
