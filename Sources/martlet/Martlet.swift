// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletServer

/// The one command, with a sub-command for each thing that it can do.
@main
struct Martlet: AsyncParsableCommand {
    /// The version that `--version` and the start of `serve` show.
    static let version = Server.version

    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "A persistent message broker: what it confirms is on disk.",
        discussion: """
            Try it in three terminals:

              martlet serve
              martlet sub orders billing --from earliest
              echo 'hello' | martlet pub orders

            A topic is a named log of messages. A subscription is a durable reading
            position on a topic: every subscription sees every message, and the
            consumers of one subscription share them.

            Exit codes: 0 done, 64 wrong usage or configuration, 69 the broker cannot be
            reached, 70 the broker refused or failed, 74 a file, standard input or
            standard output failed.
            """,
        version: version,
        subcommands: [
            ServeCommand.self, PublishCommand.self, SubscribeCommand.self, InfoCommand.self, DemoCommand.self,
        ])
}
