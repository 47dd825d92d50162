// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import MartletClient
import MartletModel

/// Runs a command for each message, one at a time, and settles the message by how the command ends.
///
/// The commands write to this process's standard output. Once its reader has gone none is begun any more, and one that
/// fails from then on is not to blame: its message goes back.
final class ExecutingSink: MessageSink {
    /// The exit code by which a command says that it could not begin (`EX_TEMPFAIL`).
    private static let tryAgain: Int32 = 75

    private let command: String
    private let printer: MessagePrinter
    private let variables: [(name: String, value: [UInt8])]
    private let ends: Int32
    private var outlet: Outlet
    private var waiting: ArraySlice<IncomingMessage> = []
    private var running: (message: IncomingMessage, command: ExecutedCommand)?
    private var isStopped = false

    /// Makes a sink for a command line.
    ///
    /// - Parameters:
    ///   - printer: what makes a message the command's standard input.
    ///   - variables: what the command finds in its environment with each message.
    ///   - outlet: where the commands write, to see whether its reader has gone.
    init(
        _ command: String, printer: MessagePrinter, variables: [(name: String, value: [UInt8])],
        outlet: Outlet = Outlet()
    ) throws(CommandFailure) {
        self.command = command
        self.printer = printer
        self.variables = variables
        self.outlet = outlet
        ends = try ExecutedCommand.watchEnds()
    }

    func take(_ message: IncomingMessage) { waiting.append(message) }

    func advance() throws -> [Settling] {
        var settlings: [Settling] = []
        ExecutedCommand.forgetEnds(ends)
        if let (message, command) = running {
            command.feed()
            if let end = command.end() {
                running = nil
                // After the command's end, so that a reader whose going ended it is seen to be gone.
                try outlet.write()
                settlings.append(settling(of: message, end))
            }
        }
        try outlet.write()
        if running == nil, !isStopped, !outlet.isAbandoned, let message = waiting.popFirst() {
            let input = printer.json ? printer.line(message) : message.body
            let started = try ExecutedCommand(command, input: input, variables: variables + Self.variables(of: message))
            started.feed()
            running = (message, started)
        }
        return settlings
    }

    private func settling(of message: IncomingMessage, _ end: ExecutedCommand.End) -> Settling {
        let tag = UInt64(message.tag)
        switch end {
        case .exit(0): return Settling(tag: tag, verb: .ack)
        case _ where outlet.isAbandoned, .exit(Self.tryAgain): return Settling(tag: tag, verb: .release)
        case .exit(let code): return Settling(tag: tag, verb: .nack, code: "exit-\(code)")
        // Ctrl-C reaches the command as well, and the command is not to blame for it.
        case .signal(let number) where isStopped && [SIGINT, SIGTERM].contains(number):
            return Settling(tag: tag, verb: .release)
        case .signal(let number): return Settling(tag: tag, verb: .nack, code: "signal-\(number)")
        }
    }

    /// What a command is told about its message; what the message does not have is taken out of its environment.
    static func variables(of message: IncomingMessage) -> [(name: String, value: [UInt8])] {
        [
            ("MARTLET_OFFSET", Array("\(message.offset)".utf8)), ("MARTLET_ATTEMPT", Array("\(message.attempt)".utf8)),
            ("MARTLET_TIME", Array("\(message.time)".utf8)),
            ("MARTLET_ID", message.idBytes ?? Array((message.options["id"] ?? "").utf8)),
            ("MARTLET_KEY", Array((message.options["key"] ?? "").utf8)),
        ]
    }

    func stop() { isStopped = true }

    func lose(_ tags: [ClosedRange<UInt64>]) -> Int {
        let before = waiting.count
        waiting.removeAll { message in tags.contains { $0.contains(UInt64(message.tag)) } }
        return before - waiting.count
    }

    func abandon() throws {
        waiting = []
        while let (_, command) = running {
            var waits = [pollfd(fd: ends, events: Int16(POLLIN), revents: 0)]
            waits += command.unfed.map { pollfd(fd: $0, events: Int16(POLLOUT), revents: 0) }
            poll(&waits, nfds_t(waits.count), -1)
            _ = try advance()
        }
    }

    var isBusy: Bool { running != nil }
    var isEmpty: Bool { running == nil && waiting.isEmpty }
    // A command that runs is let run: it may be about more than what it prints.
    var isGone: Bool { outlet.isAbandoned && running == nil }
    // A reader that has gone would end every wait.
    var readable: [Int32] { outlet.isAbandoned ? [ends] : [ends] + outlet.watched }
    var writable: [Int32] { running?.command.unfed ?? [] }

    var pause: Int? {
        // The next command can begin at once when the last one has ended.
        if running == nil, !isStopped, !waiting.isEmpty { return 1 }
        return outlet.pause
    }
}
