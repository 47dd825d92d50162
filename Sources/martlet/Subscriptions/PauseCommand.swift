// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet pause`: stops the deliveries of a subscription.
struct PauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Stop the deliveries of a subscription, for a time or until 'resume'.",
        discussion: """
              martlet pause orders billing --for 30m

            What consumers hold goes on; nothing new is handed out. A pause survives a
            restart of the broker, and a second one replaces the first.
            """)

    @OptionGroup var place: SubscriptionPlace

    @Option(name: .customLong("for"), help: ArgumentHelp("How long, such as 30m or 2h.", valueName: "duration"))
    var time: String?

    @OptionGroup var client: ClientOptions

    mutating func validate() throws { _ = try duration() }

    func run() throws {
        try client.withConnection { connection, _ in
            let duration = try duration()
            _ = try connection.request(.pause(topic: place.topic, name: place.subscription, duration: duration))
            let until = duration.map { "until \(ReadableTime().text(ReadableTime.wall + $0))" }
            let suggestion = client.suggestion
            try StandardOutput.write(
                "paused \(place.subscription) of \(place.topic) "
                    + (until ?? "until '\(suggestion.command("resume", place.topic, place.subscription))'") + "\n")
        }
    }

    private func duration() throws -> Int? { try time.map { try DurationArgument.option("--for", $0) } }
}
