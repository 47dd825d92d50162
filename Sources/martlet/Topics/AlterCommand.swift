// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `martlet alter`: changes settings.
struct AlterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alter",
        abstract: "Change settings of a topic or a subscription.",
        discussion: """
            Only what is named changes. The kind of retention of a topic, and order and
            filter of a subscription stay as they were made.

              martlet alter topic orders --max-age none
              martlet alter subscription orders billing --lease 5m --backoff 10s,1m
            """,
        subcommands: [AlterTopicCommand.self, AlterSubscriptionCommand.self])
}
