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
              martlet sub greetings me --from earliest
              echo 'hello' | martlet pub greetings

            A topic is a named log of messages. A subscription is a durable reading
            position on a topic: every subscription sees every message, and the
            consumers of one subscription share them. A message that fails for good
            becomes a message of the topic $dead.<topic>.<subscription>, with the reason
            in its headers; in a shell that name needs single quotes:

              martlet sub '$dead.greetings.me' look --from earliest --no-ack --json

            Exit codes: 0 done, 64 wrong usage or configuration, 69 the broker cannot be
            reached, 70 the broker refused or failed, 74 a file, standard input or
            standard output failed, 130 or 143 a signal ended it before it was done.
            """,
        version: version,
        subcommands: [
            ServeCommand.self, PublishCommand.self, SubscribeCommand.self, InfoCommand.self, DemoCommand.self,
        ])

    /// Runs the command line.
    static func main() async {
        StandardDescriptors.openAll()
        Interruption.endsProcessOne()
        await main(nil)
    }
}
