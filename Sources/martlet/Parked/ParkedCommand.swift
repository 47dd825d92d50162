// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `martlet parked`: messages that wait for a person.
struct ParkedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parked",
        abstract: "Look at messages that wait for a person, and decide about them.",
        discussion: """
              martlet parked list orders billing
              martlet parked show orders billing 42
              martlet parked resolve orders billing 42 retry --note 'the card is valid now'
            """,
        subcommands: [ParkedListCommand.self, ParkedShowCommand.self, ParkedResolveCommand.self])
}
