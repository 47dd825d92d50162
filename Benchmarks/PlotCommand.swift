// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials

/// `plot`: draws rows that were measured before.
struct PlotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot",
        abstract: "Draw the rows of earlier runs.",
        discussion: """
            Takes what --json printed, of several runs together if they should stand in one
            picture:

              swift run -c release Benchmarks publish --json > publish.json
              swift run -c release Benchmarks latency --json > latency.json
              swift run -c release Benchmarks plot publish.json latency.json --plot speed.svg
            """)

    @Argument(help: ArgumentHelp("Files with rows.", valueName: "file"))
    var files: [String]

    @Option(help: ArgumentHelp("Draw into this file.", valueName: "file.svg"))
    var plot: String

    func run() throws {
        var rows: [Row] = []
        for file in files {
            do {
                rows += try JSONDecoder().decode([Row].self, from: Data(contentsOf: URL(filePath: file)))
            } catch {
                throw BenchmarkFailure("\(file): \(error)")
            }
        }
        try Report(rows: rows).draw(into: plot)
    }
}
