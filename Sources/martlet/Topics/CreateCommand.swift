// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `martlet create`: makes a topic or a subscription.
struct CreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a topic or a subscription with the settings that it is to have.",
        discussion: """
            Publishing to a topic or subscribing to it makes it too; this says more.

              martlet create topic orders --max-age 30d
              martlet create subscription orders billing --from earliest --order key
            """,
        subcommands: [CreateTopicCommand.self, CreateSubscriptionCommand.self])
}
