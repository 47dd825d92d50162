// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The one command, with a sub-command for each scenario.
@main
struct BenchmarksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Benchmarks",
        abstract: "Measure a Martlet broker under load.",
        discussion: """
            Without options every scenario runs for a short time, and one table shows
            what came out:

              swift run -c release Benchmarks

            One scenario, with a load of your own:

              swift run -c release Benchmarks publish --connections 8 --window 256 --count 1M
              swift run -c release Benchmarks latency --rate 50k --json

            Each scenario starts a broker of its own, the martlet program beside this one,
            with its data in a temporary folder (in $TMPDIR, else /tmp) that is removed at
            the end. The flush of that disk is what a confirm waits for. The load comes
            from the same machine and takes its share of the processors.

            --plot FILE.svg draws the rows too, and 'plot' those of earlier runs.

            In the table, 'cpu s/M' is the broker's processor seconds per million messages,
            'B/msg' what it wrote to disk per message, 'anon MB' its memory without
            the pages of the file, and 'file MB' its data on disk. Times are milliseconds.
            'share' is what a row has of the first one of its comparison.
            """,
        subcommands: [
            AllCommand.self, PublishCommand.self, ClientCommand.self, EndToEndCommand.self, LatencyCommand.self,
            RecoveryCommand.self, MemoryCommand.self, OrderCommand.self, StuckKeyCommand.self, ProcessCommand.self,
            ScheduledCommand.self, RetentionCommand.self, BackupCommand.self, ConnectionsCommand.self,
            PlotCommand.self,
        ],
        defaultSubcommand: AllCommand.self)
}

/// Why a benchmark ended without a result.
struct BenchmarkFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
