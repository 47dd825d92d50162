// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import MartletData
import MartletModel

/// `martlet backup`: copies the data while the broker runs.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the data of a broker, also while it runs.",
        discussion: """
              martlet backup --data data backup-monday
              martlet backup --data data - | ssh store 'cat > backup-monday'

            The copy is of one moment: all that was confirmed before it began is in it, also
            what a broker that was killed had not written to its data file yet.
            All of it is checked before the command says that it is done; a file gets its
            name only then. Run it as the user that the broker runs as.

            While it reads, the broker cannot use pages again that it frees: the data
            file may grow. It says by how much, and gives up at --max-growth.
            """)

    @OptionGroup var options: DataOptions

    @Argument(help: ArgumentHelp("The file to make, or - for standard output.", valueName: "file"))
    var file: String

    @Flag(help: "Write over a file that is there, once the new one is whole.")
    var replace = false

    @Option(
        help: ArgumentHelp(
            """
            Give up when the data file has grown by that much meanwhile, such as 2GiB (default: half of what the disk \
            has left).
            """,
            valueName: "size"))
    var maxGrowth: String?

    @Flag(help: "Say what came of it as JSON.")
    var json = false

    mutating func validate() throws {
        if let maxGrowth, ByteSize.bytes(maxGrowth) == nil {
            throw ValidationError("--max-growth is '\(maxGrowth)'; expected bytes, such as 500MiB or 2GiB")
        }
    }

    func run() throws {
        try CommandFailure.reportingData {
            let isPipe = file == "-"
            guard !isPipe || isatty(STDOUT_FILENO) == 0 else {
                throw CommandFailure(.usage, "standard output is a terminal; name a file, or lead it into a pipe")
            }
            signal(SIGPIPE, SIG_IGN)
            let begun = ContinuousClock.now
            let report = try Backup.run(
                folder: options.data, to: isPipe ? .descriptor(STDOUT_FILENO) : .file(path: file, replacing: replace),
                maxGrowth: maxGrowth.flatMap(ByteSize.bytes), martlet: Martlet.version, time: UInt64(ReadableTime.wall))
            let time = Int((ContinuousClock.now - begun) / .milliseconds(1))
            let text = json ? Self.json(report, time) : Self.words(report, time)
            if isPipe { StandardError.write(text) } else { try StandardOutput.write(text) }
        }
    }

    private static func words(_ report: Backup.Report, _ time: Int) -> String {
        "backed up \(report.bytes) bytes in \(time) ms: \(report.findings.topics) topics, "
            + "\(report.findings.messages) messages, up to batch \(report.trailer.batch); all of it was checked\n"
            + "the data file grew by \(report.grownBytes) bytes meanwhile\n"
    }

    private static func json(_ report: Backup.Report, _ time: Int) -> String {
        var json = JSONWriter()
        json.object { json in
            json.member("bytes", report.bytes)
            json.member("milliseconds", time)
            json.member("topics", report.findings.topics)
            json.member("subscriptions", report.findings.subscriptions)
            json.member("messages", report.findings.messages)
            json.member("batch", report.trailer.batch)
            json.member("schema", report.trailer.schema)
            json.member("grown", report.grownBytes)
        }
        return json.text + "\n"
    }
}
