// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletService
import NIOCore

/// Writes what people should know into the log, each thing only so often.
// SAFETY: `rate` and `timer` are used on the event loop only; the rest does not change.
final class NoticeLog: @unchecked Sendable {
    private let logger: Logger
    private let eventLoop: any EventLoop
    private var rate = LogRate()
    private var timer: Scheduled<Void>?

    init(_ logger: Logger, on eventLoop: any EventLoop) {
        self.logger = logger
        self.eventLoop = eventLoop
    }

    /// Tells events of the service, from any thread.
    func tell(_ notices: [ServiceNotice]) {
        run { for notice in notices { self.log(LogEntry(notice)) } }
    }

    /// Tells an event of the server, from any thread.
    func tell(_ notice: ServerNotice) {
        run { self.log(LogEntry(notice)) }
    }

    /// Writes what is held back.
    func flush() -> EventLoopFuture<Void> {
        eventLoop.submit {
            self.timer?.cancel()
            for entry in self.rate.takeAll() { self.write(entry) }
        }
    }

    private func run(_ body: @escaping @Sendable () -> Void) {
        if eventLoop.inEventLoop { body() } else { eventLoop.execute(body) }
    }

    private func log(_ entry: LogEntry) {
        if rate.admits(entry, at: eventLoop.now) {
            logger.log(level: entry.level, "\(entry.message)", metadata: entry.metadata)
        }
        schedule()
    }

    /// Writes a line that stands for others too.
    private func write(_ entry: LogEntry) {
        guard entry.count > 1 else {
            return logger.log(level: entry.level, "\(entry.message)", metadata: entry.metadata)
        }
        logger.log(
            level: entry.level, "\(entry.message); \(entry.count) more of these, this is the last",
            metadata: entry.metadata)
    }

    private func schedule() {
        guard timer == nil, let due = rate.nextDue else { return }
        timer = eventLoop.assumeIsolated().scheduleTask(deadline: due) { [weak self] in self?.timeHasCome() }
    }

    private func timeHasCome() {
        timer = nil
        for entry in rate.takeDue(at: eventLoop.now) { write(entry) }
        schedule()
    }
}
