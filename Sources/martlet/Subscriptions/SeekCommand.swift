// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet seek`: moves a subscription.
struct SeekCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seek",
        abstract: "Move a subscription back to deliver messages again, or forward to skip some.",
        discussion: """
              martlet seek orders billing earliest
              martlet seek orders billing offset:1200
              martlet seek orders billing 'time:2026-11-27 14:30'

            Every message from there on is delivered again, also one that was handled;
            failures, parks and deferrals of them are forgotten, and what consumers hold
            is taken from them. What was not settled before the place never will be.

            \(ConsentOptions.discussion)
            """)

    @OptionGroup var place: SubscriptionPlace

    @Argument(help: ArgumentHelp("Where to: \(StartArgument.expectation).", valueName: "start"))
    var start: String

    @OptionGroup var consent: ConsentOptions
    @OptionGroup var client: ClientOptions

    mutating func validate() throws { _ = try StartArgument.parse(start, "start") }

    func run() throws {
        try client.withConnection { connection, _ in
            let target = try StartArgument.parse(start, "start")
            let (topic, name) = (place.topic, place.subscription)
            let info = try connection.value(.info(.subscription(topic: topic, name: name)))
            try consent.obtain(
                """
                This moves \(name) of \(topic) to \(StartArgument.words(target)): what lies from there on is \
                delivered again, and what is not settled before it never will be (\(info.count("backlog")) messages \
                are not settled, \(info.count("inFlight")) of them with consumers).
                """)
            _ = try connection.request(.seek(topic: topic, name: name, to: target))
            try StandardOutput.write("moved \(name) of \(topic) to \(StartArgument.words(target))\n")
        }
    }
}
