// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletData

/// `martlet verify`: looks at all of the data.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Look for damage in the data of a broker, or in a backup.",
        discussion: """
              martlet verify --data data
              martlet verify backup-monday

            It reads every page, and checks every checksum, index and counter, also while
            the broker runs; of a folder the journal too. Each damage is named with what it
            means for messages. It changes nothing. Exit codes: 0 all is right, 65 something
            is damaged.
            """)

    @Argument(help: ArgumentHelp("A backup, or a data file that no broker uses.", valueName: "file"))
    var file: String?

    @Option(
        help: ArgumentHelp("The data folder of the broker (default: data).", valueName: "folder"),
        completion: .directory)
    var data: String?

    @Flag(help: "Say what was found as JSON.")
    var json = false

    mutating func validate() throws {
        if file != nil, data != nil { throw ValidationError("both a file and --data are named; name one of them") }
    }

    func run() throws {
        try CommandFailure.reportingData {
            let findings = try findings()
            try StandardOutput.write(json ? findings.json + "\n" : findings.words)
            guard !findings.isClean else { return }
            throw CommandFailure(.damaged, "'\(file ?? data ?? "data")' is damaged")
        }
    }

    private func findings() throws -> StoreFindings {
        guard let file else { return try Verification.run(folder: data ?? "data") }
        let (trailer, findings) = try Verification.run(file: file)
        if let trailer, !json {
            try StandardOutput.write(
                "a backup of \(ReadableTime().text(Int(clamping: trailer.time))) by martlet \(trailer.martlet), "
                    + "schema \(trailer.schema)\n"
            )
        }
        return findings
    }
}
