// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `martlet dead`: dead letters.
struct DeadCommand: ParsableCommand {
    /// How the topic of the dead letters of a subscription is called.
    static func topic(_ place: SubscriptionPlace) -> String { "$dead.\(place.topic).\(place.subscription)" }

    static let configuration = CommandConfiguration(
        commandName: "dead",
        abstract: "Look at dead letters, and have them delivered again.",
        discussion: """
            What a subscription has given up is a message of $dead.<topic>.<subscription>,
            with the reason and the last attempts. Here it is named by the topic and the
            subscription, so that nothing needs quotes.

              martlet dead list orders billing
              martlet dead show orders billing 7
              martlet dead redrive orders billing --code card-declined --dry-run
            """,
        subcommands: [DeadListCommand.self, DeadShowCommand.self, DeadRedriveCommand.self])
}
