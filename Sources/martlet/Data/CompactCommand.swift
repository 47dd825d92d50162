// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletData

/// `martlet compact`: writes the data file anew without its free pages.
struct CompactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact",
        abstract: "Make the data file of a stopped broker shorter.",
        discussion: """
              martlet compact --data data

            The file is copied without its free pages, the copy is checked, and it takes the
            place of the old one; until then the old one stays as it is. The broker must be
            stopped, and the disk needs room for both. A broker uses free pages again by
            itself: this is for a file that is far larger than it will need to be again.
            """)

    @OptionGroup var options: DataOptions

    func run() throws {
        try CommandFailure.reportingData {
            let (before, after) = try Compaction.run(folder: options.data)
            try StandardOutput.write("compacted '\(options.data)': \(before) bytes before, \(after) after\n")
        }
    }
}
