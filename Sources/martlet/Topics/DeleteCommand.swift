// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `martlet delete`: removes a topic or a subscription.
struct DeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Remove a topic with its messages and subscriptions, or a subscription.",
        discussion: ConsentOptions.discussion,
        subcommands: [DeleteTopicCommand.self, DeleteSubscriptionCommand.self])
}
