// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletModel
import MartletProtocol
import NIOCore

/// The client's side of its conversations with brokers, one connection after the other.
// SAFETY: confined to its event loop: every method is called on it (the entrances assert so), and what tasks want
// comes through the intake.
final class Link: @unchecked Sendable {
    let loop: any EventLoop
    let configuration: ClientConfiguration
    let logger: Logger
    let intake: Intake
    let transport: Transport

    var state: LinkState
    var ledger = RequestLedger()
    var mailboxes: [Int: Mailbox] = [:]
    var touching: [Int: Touching] = [:]
    /// Subscriptions that are to be answered before anything else is written, so that leases are known again.
    var pendingSubscriptions = 0
    /// Whether the broker has said that it stops; from then on only commands that settle deliveries are written.
    var isBrokerLeaving = false
    var session: String?
    /// The connection that there is, or that is being opened; what an older one tells is not heard any more.
    var connection: LineConnection?
    var lastFailure: ClientError?
    var endings = EndingLog()
    private var fatal: ClientError?
    /// Whether it was said, or will be, that this client does not run.
    private var isStartExpected = false
    private var finish: CheckedContinuation<Result<Void, ClientError>, Never>?

    init(
        configuration: ClientConfiguration, loop: any EventLoop, intake: Intake, logger: Logger,
        transport: Transport = .tcp
    ) {
        self.configuration = configuration
        self.loop = loop
        self.intake = intake
        self.logger = logger
        self.transport = transport
        state = LinkState(configuration)
    }

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

    /// Something was asked of a client that does not run yet; if it is not run soon, that is said, once.
    func expectStart() {
        loop.execute {
            guard self.state.phase == .idle, !self.isStartExpected else { return }
            self.isStartExpected = true
            _ = self.schedule(after: .seconds(1)) { link in
                guard link.state.phase == .idle else { return }
                link.logger.warning(
                    "run() of the client hasn't been called yet: until then all that is asked of it waits")
            }
        }
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

    var hasWork: Bool { !ledger.isEmpty || !mailboxes.isEmpty || !intake.isIdle }

    func perform(_ action: LinkState.Action) {
        switch action {
        case .nothing: break
        case .connect(let address): connect(address)
        case .wait(let milliseconds):
            _ = schedule(after: .milliseconds(milliseconds)) { $0.perform($0.state.retry()) }
        case .end(let failed): end(failed: failed)
        }
    }

    /// Says goodbye when the link drains and no work is left.
    func leaveIfDone() {
        guard state.isDraining, state.phase == .open, !hasWork, pendingSubscriptions == 0 else { return }
        state.leave()
        write(Request(.bye))
        connection?.flush()
        let current = connection
        _ = schedule(after: .seconds(2)) { link in
            if link.connection === current { current?.close() }
        }
    }

    /// Ends for good; all tasks that wait are told.
    func end(failed: Bool) {
        guard let finish else {
            state.end()
            // It never ran, so the tasks that wait are told here.
            let error = ClientError(.closed, "the client is not running any more")
            for order in intake.close(error) { refuse(order, error) }
            return
        }
        self.finish = nil
        state.end()
        connection.take()?.close()
        let error =
            fatal
            ?? (failed
                ? ClientError(
                    .unreachable, "no broker could be reached: \(lastFailure?.message ?? "no address")",
                    cause: lastFailure)
                : ClientError(.closed, "the client is not running any more"))
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

    private func refuse(_ order: LinkOrder, _ error: ClientError) {
        switch order {
        case .request(let request): request.fail(error)
        case .subscribe(let mailbox): mailbox.end(.failure(error))
        case .cancel, .unsubscribe, .pause: break
        }
    }

    /// Ends because another attempt would fail too.
    func fail(_ error: ClientError) {
        fatal = error
        end(failed: true)
    }

    /// Calls back on the loop after a time.
    func schedule(after delay: Duration, _ body: @escaping @Sendable (Link) -> Void) -> Scheduled<Void> {
        loop.scheduleTask(in: .milliseconds(max(0, delay.milliseconds))) { body(self) }
    }
}
