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
            consumers of one subscription share them. When something hangs:

              martlet subscriptions --watch         what waits where, and since when
              martlet why greetings 42              how a message stands, what can be done
              martlet tree order-17                 what became of a whole process

            Names that begin with $ belong to the broker; in a shell they need single
            quotes, such as '$dead.greetings.me', the dead letters of a subscription
            ('martlet dead list greetings me' shows them without).

            Where a broker has users, a command shows it a token: the file of --token-file
            or MARTLET_TOKEN_FILE holds it, or MARTLET_TOKEN is it ('martlet token new'
            makes one).

            Exit codes: 0 done, 1 you said no when you were asked (or 'demo' found
            something wrong), 64 wrong usage or configuration, 65 the data is damaged,
            69 the broker cannot be reached, 70 the broker refused or failed, 74 a file,
            standard input or standard output failed, 130 or 143 a signal ended it
            before it was done.
            Commands that only show something (--watch, sub) end with 0 after Ctrl-C.

            'martlet --generate-completion-script bash' (or zsh, fish) prints completions
            for a shell; they know the names of topics and subscriptions.
            """,
        version: version,
        subcommands: [ServeCommand.self, TokenCommand.self, InfoCommand.self, DemoCommand.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Messages",
                subcommands: [
                    PublishCommand.self, SubscribeCommand.self, PeekCommand.self, WhyCommand.self, TreeCommand.self,
                ]),
            CommandGroup(
                name: "Topics and subscriptions",
                subcommands: [
                    TopicsCommand.self, SubscriptionsCommand.self, CreateCommand.self, AlterCommand.self,
                    DeleteCommand.self, PauseCommand.self, ResumeCommand.self, SeekCommand.self, PurgeCommand.self,
                ]),
            CommandGroup(
                name: "What waits",
                subcommands: [
                    DeadCommand.self, ParkedCommand.self, ScheduledCommand.self, ExpectCommand.self,
                    UnexpectCommand.self,
                ]),
            CommandGroup(
                name: "Data",
                subcommands: [
                    BackupCommand.self, RestoreCommand.self, VerifyCommand.self, CompactCommand.self,
                    ExportCommand.self, ImportCommand.self,
                ]),
        ])

    /// Runs the command line.
    static func main() async {
        StandardDescriptors.openAll()
        Interruption.endsProcessOne()
        await main(nil)
    }
}
