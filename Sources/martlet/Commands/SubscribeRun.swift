// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletModel
import MartletProtocol

/// Prints what a consumer is handed and acknowledges it after it is out.
final class SubscribeRun {
    /// What an answer of the broker will be about, in the order of the commands.
    private enum Asked {
        case acknowledgement
        case window
    }

    /// The number of the only consumer on the connection.
    static let consumer: UInt64 = 1

    private let connection: BlockingConnection
    private let acknowledges: Bool
    private let count: Int?
    private let window: Int
    private var printer: MessagePrinter
    private var output = StandardOutput()
    private var asked: [Asked] = []
    private var tags: [Int] = []
    private var printed = 0
    private var stopReason: String?

    init(connection: BlockingConnection, printer: MessagePrinter, acknowledges: Bool, count: Int?, window: Int) {
        self.connection = connection
        self.printer = printer
        self.acknowledges = acknowledges
        self.count = count
        self.window = min(window, count ?? window)
    }

    /// Subscribes.
    func start(_ command: Subscribe) throws {
        var early: [Incoming] = []
        var command = command
        command.window = window
        let reply = try connection.request(.subscribe(command)) { early.append($0) }
        if reply.fields.first == "created" { StandardError.write("the subscription is new\n") }
        for incoming in early { try take(incoming) }
    }

    /// Prints and acknowledges until the count is reached, the descriptor can be read, or the broker stops.
    func run(until signal: Int32) throws {
        var isInterrupted = false
        while !isDone, !isInterrupted, stopReason == nil {
            switch try connection.next(orReadable: [signal]) {
            case .incoming(let incoming):
                try take(incoming)
                // What has already come is printed as one piece and acknowledged as ranges.
                while !isDone, tags.count < 1_000, let more = connection.buffered() { try take(more) }
                try settle()
            case .other: isInterrupted = true
            case .timeout: break
            }
        }
        try settle()
        try awaitAnswers()
        if let stopReason, !isDone {
            throw CommandFailure(
                .unreachable,
                "the broker is stopping (\(stopReason)); subscribe again later to go on after what was printed")
        }
    }

    private var isDone: Bool { count.map { printed >= $0 } ?? false }

    /// Writes out what was printed, and only then acknowledges it.
    private func settle() throws {
        try output.flush()
        guard acknowledges, !tags.isEmpty else {
            tags.removeAll()
            return
        }
        if let count, count - printed < window {
            // The broker hands out no more than will be printed, so nothing is delivered in vain.
            connection.send(.window(consumer: Self.consumer, window: count - printed))
            asked.append(.window)
        }
        tags.sort()
        for piece in TagList.pieces(tags.map(UInt64.init)) {
            connection.send(.settle(Settle(verb: .ack, consumer: Self.consumer, tags: piece)))
            asked.append(.acknowledgement)
        }
        tags.removeAll(keepingCapacity: true)
    }

    private func awaitAnswers() throws {
        connection.flush()
        while !asked.isEmpty {
            guard case .incoming(let incoming) = try connection.next() else { continue }
            try take(incoming)
        }
    }

    private func take(_ incoming: Incoming) throws {
        switch incoming {
        case .message(let delivery):
            // A message that comes after the last one wanted goes back when the connection ends.
            guard !isDone else { return }
            printer.print(delivery, to: &output)
            tags.append(delivery.tag)
            printed += 1
        case .reply(let reply):
            guard !asked.isEmpty else { throw ClientError(.protocolViolation, "unexpected reply") }
            if case .acknowledgement = asked.removeFirst(), let lost = reply.options["lost"] {
                warn("the lease of \(lost) had run out; what was printed will be delivered again")
            }
        case .refusal(let code, let message):
            throw ClientError(.refused(code), "\(code): \(message)")
        case .lost(_, let ranges, let reason):
            tags.removeAll { tag in ranges.contains { $0.contains(UInt64(tag)) } }
            if reason != "timeout" || acknowledges {
                warn("leases were lost (\(reason)): \(ranges.reduce(0) { $0 + $1.count }) deliveries")
            }
        case .gone(_, let reason):
            throw ClientError(.gone(reason), "the subscription is gone: \(reason)")
        case .goodbye(let reason): stopReason = reason
        }
    }

    private func warn(_ text: String) {
        StandardError.write("warning: \(text)\n")
    }
}
