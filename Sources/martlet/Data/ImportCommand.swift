// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletData

/// `martlet import`: makes a data folder of lines of JSON.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make a data folder of lines that 'martlet export' wrote.",
        discussion: """
              martlet import all.jsonl --data data

            The folder must be new or empty. It gets all of the lines or none: a line
            that cannot be taken is named by its number. Then a broker is started on it
            with 'martlet serve --data <folder>'.
            """)

    @Argument(help: ArgumentHelp("The lines, or - for standard input.", valueName: "file"))
    var file: String

    @OptionGroup var options: DataOptions

    func run() throws {
        try CommandFailure.reportingData {
            let input = try InputDescriptor(file)
            let (lines, findings) = try Import.run(from: input.number, named: input.name, folder: options.data)
            try StandardOutput.write(
                "imported \(lines) lines into '\(options.data)': \(findings.topics) topics, "
                    + "\(findings.subscriptions) subscriptions, \(findings.messages) messages; all of it was checked\n")
        }
    }
}
