// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletModel
import MartletProtocol
import NIOCore

// One connection after the other, each from its opening to its end.
extension Link: LineConnectionOwner {
    /// The largest body that the broker takes.
    var maxBody: Int { connection?.greeting?.maxBody ?? Limits.bodyCeiling }

    func connect(_ address: ClientConfiguration.Address) {
        let wantsSession = mailboxes.values.contains { $0.subscription.options.grace != nil }
        let connection = LineConnection(
            to: address, configuration, session: wantsSession ? session : nil, loop: loop, owner: self)
        self.connection = connection
        isBrokerLeaving = false
        connection.open(transport)
    }

    func opened(_ connection: LineConnection) {
        guard connection === self.connection else { return }
        session = connection.greeting?.session
        lastFailure = nil
        // A log that says that the broker was away says that it is back.
        logger.log(
            level: endings.connected() ? .notice : .debug, "connected",
            metadata: ["martlet.session": "\(session ?? "")"])
        state.opened()
        for mailbox in mailboxes.values.sorted(by: { $0.number < $1.number }) { subscribe(mailbox) }
        flush()
        leaveIfDone()
    }

    func ended(_ connection: LineConnection, _ error: ClientError) {
        loop.assertInEventLoop()
        guard connection === self.connection, state.phase != .ended else { return }
        if state.phase == .connecting, let code = error.code.refusal, !error.code.isTemporary, code != "limit" {
            return fail(error)
        }
        // A client that has spoken to its broker before waits until the certificates are mended.
        if [.certificate, .badArgument].contains(error.code), state.phase == .connecting, state.isFirstRoundOver {
            return fail(error)
        }
        self.connection = nil
        pendingSubscriptions = 0
        lastFailure = error
        // A task that is told `unknown` shall see that its lease is gone, and not try to settle.
        for mailbox in mailboxes.values where mailbox.subscription.options.grace == nil { mailbox.loseAll() }
        for request in ledger.connectionEnded() {
            intake.release(request)
            request.fail(.unanswered(error))
        }
        let random = configuration.random?() ?? UInt64.random(in: .min ... .max)
        log(error)
        perform(state.connectionEnded(hasWork: hasWork, random: random))
    }

    /// Tells how a connection ended, or why there is none.
    private func log(_ error: ClientError) {
        var metadata: Logger.Metadata = ["error.code": "\(error.code)"]
        guard state.phase != .leaving else { return logger.debug("\(error.message)", metadata: metadata) }
        let (level, untold) = endings.level(at: loop.now)
        if untold > 0 { metadata["martlet.untold"] = "\(untold)" }
        logger.log(level: level, "\(error.message)", metadata: metadata)
    }
}
