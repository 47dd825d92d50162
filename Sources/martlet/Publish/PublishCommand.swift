// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import MartletClient
import MartletModel
import MartletProtocol

/// `martlet pub`: publishes lines or a file.
struct PublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pub",
        abstract: "Publish messages to a topic.",
        discussion: """
            Every line of standard input becomes one message, without its line end (LF or
            CR LF). The command ends when the broker has confirmed all of them, and a
            confirmed message is on disk.

              echo 'hello' | martlet pub greetings
              martlet pub greetings --file card.json --header type:card
              make-card | martlet pub greetings --file -
              martlet pub greetings --id 'import-7-{n}' < cards.jsonl
              martlet pub greetings --at 08:00 --ttl 1h <<< 'good morning'

            With --id a message that is published again is stored once, so a command
            that broke off can simply be repeated. In --id, --key and --process, {n}
            stands for the number of the line. A command that breaks off, also by Ctrl-C
            (exit code 130) or SIGTERM (143), tells what is stored and how to repeat it.
            """)

    @Argument(help: "The topic; it is created when it does not exist.", completion: NameCompletion.topics)
    var topic: String

    @Option(
        help: ArgumentHelp("Publish all of this file, pipe or - (standard input) as one message.", valueName: "path"))
    var file: String?

    @Option(help: "An id that makes a repeat harmless; {n} stands for the line number.")
    var id: String?

    @Option(help: "A key that is delivered with the message; {n} stands for the line number.")
    var key: String?

    @Option(
        name: .customLong("header"), parsing: .singleValue,
        help: ArgumentHelp("A header of every message; may be repeated.", valueName: "Name:value"))
    var headers: [String] = []

    @Option(help: "The process that it belongs to, for 'martlet tree'; {n} stands for the line number.")
    var process: String?

    @Option(help: ArgumentHelp("What caused it: the id of a message, or topic:offset.", valueName: "id"))
    var cause: String?

    @OptionGroup var schedule: ScheduleOptions

    @Option(
        help: ArgumentHelp("Deliver it only within this time of its becoming visible.", valueName: "duration"))
    var ttl: String?

    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        _ = try ClientOptions.checkedName(topic, what: "topic")
        for (option, value) in [("--id", id), ("--key", key), ("--process", process), ("--cause", cause)] {
            if let value { _ = try MessageArgument.identifier(value, option) }
        }
        _ = try fields()
        _ = try headerBlock()
    }

    func run() throws {
        try client.withConnection { connection, address in
            let signal = try Interruption.watch()
            let run = PublishRun(
                connection: connection, address: address,
                account: PublishAccount(topic: topic, hasIDs: id != nil, countsLines: file == nil),
                pattern: PublishPattern(id: id, key: key, process: process, rest: try fields()), signal: signal)
            try run.run { run in
                if let file {
                    try publishFile(file, run, limit: connection.maxBody)
                } else {
                    try publishLines(run, limit: connection.maxBody)
                }
            }
        }
    }

    /// What every message has alike.
    private func fields() throws -> PublishEncoder.Fields {
        var fields = PublishEncoder.Fields()
        fields.cause = cause.map { Array($0.utf8) } ?? []
        fields.headers = try headerBlock()
        fields.schedule = try schedule.schedule()
        fields.ttl = try ttl.map { try DurationArgument.option("--ttl", $0) }
        return fields
    }

    /// The `--header` options as the protocol writes headers.
    func headerBlock() throws -> [UInt8] {
        let pairs = try headers.map { header -> (name: String, value: String) in
            guard let colon = header.firstIndex(of: ":") else {
                throw ValidationError("--header '\(header)': expected Name:value")
            }
            let value = header[header.index(after: colon)...].drop { $0 == " " }
            return (String(header[..<colon]), String(value))
        }
        do {
            return try Headers(pairs).block()
        } catch {
            throw ValidationError("--header: \(error.message)")
        }
    }

    private func publishFile(_ path: String, _ run: PublishRun, limit: Int) throws {
        var reader = try BodyReader(path, limit: limit)
        while try run.waitForInput(reader.descriptor) {
            guard let body = try reader.read() else { continue }
            return try run.publish(body)
        }
    }

    private func publishLines(_ run: PublishRun, limit: Int) throws {
        if isatty(STDIN_FILENO) == 1 {
            StandardError.write("every line becomes a message; end with Ctrl-D\n")
        }
        var reader = LineReader(limit: limit)
        while try run.waitForInput(STDIN_FILENO) {
            switch try reader.read(STDIN_FILENO) {
            case .lines(let lines):
                for line in lines { try run.publish(line) }
            case .end(let last):
                if let last { try run.publish(last) }
                return
            }
        }
    }
}
