// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet expect`: a process is to get a message in time.
struct ExpectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expect",
        abstract: "Expect that a process gets a message on a topic in time.",
        discussion: """
              martlet expect order-17 payments --within 1h
              martlet expect order-17 payments --within 1h --lookback 5m

            When no message of the process has come by then, that is a message itself, on
            '$sys.expect.missed', once. What comes in time costs no message. A second
            expectation of the same process, topic and id replaces the first.
            """)

    @OptionGroup var expected: ExpectationOptions

    @Option(help: ArgumentHelp("Within which time from now, such as 30m or 2h.", valueName: "duration"))
    var within: String

    @Option(help: ArgumentHelp("How much earlier the message may have come.", valueName: "duration"))
    var lookback: String?

    @OptionGroup var client: ClientOptions

    mutating func validate() throws { _ = try request() }

    func run() throws {
        let request = try request()
        try client.withConnection { connection, _ in
            let reply = try connection.request(.expect(request))
            let what = "a message of \(expected.process) on \(expected.topic)"
            let met = reply.options["met"].map { "\(what) is there already: offset \($0)" }
            let until = ReadableTime().text(ReadableTime.wall + request.within)
            try StandardOutput.write((met ?? "\(what) is expected until \(until)") + "\n")
        }
    }

    private func request() throws -> Expect {
        var request = Expect(
            process: try expected.processBytes(), topic: expected.topic,
            within: try DurationArgument.option("--within", within))
        request.id = try expected.idBytes()
        request.lookback = try lookback.map { try DurationArgument.option("--lookback", $0) } ?? 0
        guard (1...Limits.duration).contains(request.within) else {
            throw ValidationError("--within \(within): expected a duration from 1ms to 365d")
        }
        guard request.lookback <= Limits.duration else {
            throw ValidationError("--lookback \(lookback ?? ""): expected a duration of at most 365d")
        }
        return request
    }
}
