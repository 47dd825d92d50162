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
        abstract: "Print the messages of a subscription, or run a command for each, and acknowledge them.",
        discussion: """
            Prints the body of each message on a line of its own, and acknowledges a
            message once it is printed; in a pipe, once its reader has taken all of it.
            There it fetches one message at a time, unless --window says otherwise, so
            that a reader that ends early, as 'head' does, leaves the rest to the next
            'sub'. It goes on until Ctrl-C, until the reader of its output ends, or as
            --count and --until-empty say. A subscription is durable: the next 'sub' goes
            on where this one stopped.

              martlet sub greetings me --from earliest
              martlet sub greetings me --json --count 10
              martlet sub greetings me --exec ./answer --wait
              martlet sub '$dead.greetings.me' look --from earliest --no-ack --json

            The first 'sub' of a subscription creates it, and must say with --from where
            it starts; with which settings it does is said here or by 'martlet create'.

            With --exec each message is handed to a shell command instead: its body, not
            changed, on standard input, and MARTLET_TOPIC, MARTLET_SUBSCRIPTION,
            MARTLET_OFFSET, MARTLET_ATTEMPT, MARTLET_TIME (Unix milliseconds), and
            MARTLET_ID and MARTLET_KEY if it has them, in the environment. Exit code 0
            acknowledges the message, 75 gives it back as not begun, and any other has it
            delivered again later, with the code (exit-3, signal-9) as the reason; what
            fails too often becomes a dead letter. The lease is extended while the
            command runs. After Ctrl-C, and when the reader of the output ends, the running
            command is let end; one that fails once the reader has gone gives its message
            back.

            Dead letters are messages of the topic $dead.<topic>.<subscription>; in a
            shell the name needs single quotes.
            """)

    @Argument(help: "The topic.", completion: NameCompletion.topics)
    var topic: String

    @Argument(help: "The subscription, a name of your choice.", completion: NameCompletion.subscriptions)
    var subscription: String

    @Option(
        help: ArgumentHelp("Where a new subscription starts: \(StartArgument.expectation).", valueName: "start"))
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
        help: ArgumentHelp(
            "How many messages may be here unacknowledged, up to 10000 (default: 1 in a pipe or by --exec, else 256).",
            valueName: "n"))
    var window: Int?

    @Option(
        help: ArgumentHelp("Run this shell command for each message instead of printing it.", valueName: "command"))
    var exec: String?

    @Flag(help: "Stop when nothing is left that could be delivered now; what waits for its time is left.")
    var untilEmpty = false

    @Flag(help: "Wait for a broker that cannot be reached, and go on when the connection breaks.")
    var wait = false

    @OptionGroup(title: "Settings of the subscription that can be changed later")
    var settings: SubscriptionSettingOptions

    @OptionGroup(title: "Settings that it keeps from its beginning")
    var fixed: FixedSettingOptions

    @Flag(help: "Change the settings of a subscription that has others; otherwise that is an error.")
    var alter = false

    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        _ = try ClientOptions.checkedName(topic, what: "topic")
        _ = try ClientOptions.checkedName(subscription, what: "subscription")
        _ = try command()
        if let count, count < 1 {
            throw ValidationError("--count \(count): expected a number from 1")
        }
        if let window, !(1...Limits.window).contains(window) {
            throw ValidationError("--window \(window): expected a number from 1 to 10000")
        }
        if exec != nil, noAck {
            throw ValidationError("--exec and --no-ack: a message that is only looked at is not handed to a command")
        }
    }

    func run() throws {
        try CommandFailure.reporting {
            let signal = try Interruption.watch()
            let configuration = try client.configuration()
            let sink = try makeSink(try client.address())
            let plan = SubscribePlan(
                topic: topic, subscription: subscription, settles: !noAck, count: count,
                window: chosenWindow(isRead: Outlet().hasReader), stopsWhenEmpty: untilEmpty)
            try SubscribeSession(
                configuration: configuration, plan: plan, command: try command(), sink: sink, waits: wait
            ).run(until: signal)
        }
    }

    private func makeSink(_ address: BrokerAddress) throws(CommandFailure) -> any MessageSink {
        let printer = MessagePrinter(topic: topic, json: json)
        guard let exec else { return PrintingSink(printer) }
        return try ExecutingSink(
            exec, printer: printer,
            variables: [
                ("MARTLET_TOPIC", Array(topic.utf8)), ("MARTLET_SUBSCRIPTION", Array(subscription.utf8)),
                // So that the command can be a 'martlet pub' that finds the same broker.
                ("MARTLET_ADDRESS", Array("\(address)".utf8)),
            ] + client.credentials.variables)
    }

    /// The window that is asked for: what is only looked at is never given back for more, so it must fit at once.
    ///
    /// - Parameter isRead: whether standard output is a pipe, whose reader may go before it has taken what is here.
    func chosenWindow(isRead: Bool) -> Int {
        if let window { return window }
        if noAck { return min(count ?? 256, Limits.window) }
        return isRead || exec != nil ? 1 : 256
    }

    /// What is asked for, without the window.
    func command() throws -> Subscribe {
        var command = Subscribe(consumer: SubscribeRun.consumer, topic: topic, subscription: subscription)
        command.from = try from.map { try StartArgument.parse($0, "--from") }
        command.options = try fixed.apply(to: try settings.options())
        command.alters = alter
        return command
    }
}
