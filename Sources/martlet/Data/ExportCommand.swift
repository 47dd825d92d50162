// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import MartletData

/// `martlet export`: writes the data as lines of JSON.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write the data of a broker as lines of JSON, also while it runs.",
        discussion: """
              martlet export --data data - > all.jsonl
              martlet export --data data --topic orders orders.jsonl

            All that the broker knows is in it: topics and subscriptions with settings and
            positions, messages, what is settled, returned, parked and dead, what is
            scheduled, records, receipts, expectations, remembered ids. 'martlet import'
            makes the same of it. With --topic: these topics, their subscriptions and dead
            letters. What is damaged is left out and named, with exit code 65.
            """)

    @OptionGroup var options: DataOptions

    @Argument(help: ArgumentHelp("The file to make, or - for standard output.", valueName: "file"))
    var file = "-"

    @Option(help: "Only this topic; may be given again.", completion: NameCompletion.topics)
    var topic: [String] = []

    @Flag(help: "Write over a file that is there, once the new one is whole.")
    var replace = false

    func run() throws {
        try CommandFailure.reportingData {
            signal(SIGPIPE, SIG_IGN)
            let isPipe = file == "-"
            let report = try Export.run(
                folder: options.data, topics: topic,
                to: isPipe ? .descriptor(STDOUT_FILENO) : .file(path: file, replacing: replace),
                martlet: Martlet.version, time: UInt64(ReadableTime.wall))
            let text = "exported \(report.messages) messages in \(report.lines) lines, \(report.bytes) bytes\n"
            if isPipe { StandardError.write(text) } else { try StandardOutput.write(text) }
            guard !report.lost.isEmpty else { return }
            throw CommandFailure(
                .damaged, "what is damaged is not in it:\n  " + report.lost.joined(separator: "\n  "))
        }
    }
}
