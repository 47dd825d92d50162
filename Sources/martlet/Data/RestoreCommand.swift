// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletData

/// `martlet restore`: makes a data folder of a backup.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make a data folder of a backup.",
        discussion: """
              martlet restore backup-monday --data data
              ssh store cat backup-monday | martlet restore - --data data

            The folder must be new or empty. The backup is checked, page by page and row by
            row, before the folder has a data file: after a failure it has none. Then a
            broker is started on it with 'martlet serve --data <folder>'. A backup has no
            journal: an empty one is made.
            """)

    @Argument(help: ArgumentHelp("The backup, or - for standard input.", valueName: "file"))
    var file: String

    @OptionGroup var options: DataOptions

    func run() throws {
        try CommandFailure.reportingData {
            let input = try InputDescriptor(file)
            let (trailer, findings) = try Restore.run(from: input.number, named: input.name, folder: options.data)
            try StandardOutput.write(
                "restored \(findings.topics) topics and \(findings.messages) messages, up to batch \(trailer.batch), "
                    + "into '\(options.data)'; all of it was checked\n")
        }
    }
}
