// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel
import MartletProtocol

/// `martlet sub`: prints the messages of a subscription and acknowledges them.
struct SubscribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sub",
        abstract: "Print the messages of a subscription, and acknowledge them.",
        discussion: """
            Prints the body of each message on a line of its own, and acknowledges a
            message once it is printed. It goes on until Ctrl-C, or until --count
            messages are done. A subscription is durable: the next 'sub' goes on where
            this one stopped.

              martlet sub orders billing --from earliest
              martlet sub orders billing --json --count 10

            The first 'sub' of a subscription creates it, and must say with --from where
            it starts.
            """)

    @Argument(help: "The topic.")
    var topic: String

    @Argument(help: "The subscription, a name of your choice.")
    var subscription: String

    @Option(
        help: ArgumentHelp(
            "Where a new subscription starts: earliest, new, offset:N or time:MS (Unix milliseconds).",
            valueName: "start"))
    var from: String?

    @Flag(help: "Print one JSON object per message, with its offset, headers and so on.")
    var json = false

    @Option(help: ArgumentHelp("Stop after this many messages.", valueName: "n"))
    var count: Int?

    @Flag(
        name: .customLong("no-ack"),
        help: "Only look: everything goes back to the subscription at the end. Shows at most --window messages.")
    var noAck = false

    @Option(
        help: ArgumentHelp("How many messages may be here unacknowledged, 1 to 10000 (default: 256).", valueName: "n"))
    var window: Int?

    @Option(help: ArgumentHelp("How long a message may stay unacknowledged, such as 30s or 5m.", valueName: "duration"))
    var lease: String?

    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        _ = try ClientOptions.checkedName(topic, what: "topic")
        _ = try ClientOptions.checkedName(subscription, what: "subscription")
        if let from, Self.start(from) == nil {
            throw ValidationError("--from '\(from)': expected earliest, new, offset:N or time:MS")
        }
        if let count, count < 1 {
            throw ValidationError("--count \(count): expected a number from 1")
        }
        if let window, !(1...Limits.window).contains(window) {
            throw ValidationError("--window \(window): expected a number from 1 to 10000")
        }
        if let lease {
            let limits = Limits.leaseFloor...Limits.leaseCeiling
            guard let milliseconds = DurationCoding.decode(lease), limits.contains(milliseconds) else {
                throw ValidationError("--lease '\(lease)': expected a duration from 1s to 12h, such as 30s")
            }
        }
    }

    func run() throws {
        let signal = try Interruption.watch()
        try client.withConnection { connection in
            let run = SubscribeRun(
                connection: connection, printer: MessagePrinter(topic: topic, json: json), acknowledges: !noAck,
                count: count, window: chosenWindow)
            do {
                try run.start(command)
            } catch let error as ClientError where error.code == .refused("start-required") {
                throw CommandFailure(
                    .refused,
                    """
                    topic \(topic) has no subscription '\(subscription)' yet.
                    To create it, say where it starts: --from earliest (all there is) or --from new (what comes now on).
                    """)
            }
            try run.run(until: signal)
        }
    }

    /// The window that is asked for: what is only looked at is never given back for more, so it must fit at once.
    var chosenWindow: Int {
        if let window { return window }
        return noAck ? min(count ?? 256, Limits.window) : 256
    }

    /// What is asked for, without the window.
    var command: Subscribe {
        var command = Subscribe(consumer: SubscribeRun.consumer, topic: topic, subscription: subscription)
        command.from = from.flatMap(Self.start)
        command.options.lease = lease.flatMap { DurationCoding.decode($0) }
        return command
    }

    private static func start(_ text: String) -> Start? {
        if text == "earliest" { return .earliest }
        if text == "new" { return .new }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let number = UInt64(parts[1]), number <= Limits.number, parts[1].first != "+" else {
            return nil
        }
        switch parts[0] {
        case "offset": return .offset(number)
        case "time": return .time(number)
        default: return nil
        }
    }
}
