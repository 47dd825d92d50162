// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Glibc
import MartletClient
import MartletModel

/// `martlet pub`: publishes lines or a file.
struct PublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pub",
        abstract: "Publish messages to a topic.",
        discussion: """
            Every line of standard input becomes one message. The command ends when the
            broker has confirmed all of them, and a confirmed message is on disk.

              echo 'hello' | martlet pub orders
              martlet pub orders --file order.json --header type:order
              martlet pub orders --id 'import-7-{n}' < orders.jsonl

            With --id a message that is published again is stored once, so a command
            that broke off can simply be repeated. In --id and --key, {n} stands for the
            number of the line.
            """)

    @Argument(help: "The topic; it is created when it does not exist.")
    var topic: String

    @Option(help: ArgumentHelp("Publish this whole file as one message.", valueName: "path"))
    var file: String?

    @Option(help: "An id that makes a repeat harmless; {n} stands for the line number.")
    var id: String?

    @Option(help: "A key that is delivered with the message; {n} stands for the line number.")
    var key: String?

    @Option(
        name: .customLong("header"), parsing: .singleValue,
        help: ArgumentHelp("A header of every message; may be repeated.", valueName: "Name:value"))
    var headers: [String] = []

    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        _ = try ClientOptions.checkedName(topic, what: "topic")
        for (option, value) in [("--id", id), ("--key", key)] {
            guard let value else { continue }
            guard (1...200).contains(value.utf8.count), value.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
                throw ValidationError(
                    "\(option) '\(value)': expected 1 to 200 bytes without spaces or control characters")
            }
        }
        _ = try headerBlock()
    }

    func run() throws {
        try client.withConnection { connection in
            let run = PublishRun(
                connection: connection, topic: topic, id: id, key: key, headers: try headerBlock())
            if let file {
                try run.publish(try contents(of: file, limit: connection.maxBody))
            } else {
                try publishLines(run, limit: connection.maxBody)
            }
            try run.finish()
        }
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

    private func contents(of file: String, limit: Int) throws -> [UInt8] {
        let body: Data
        do {
            body = try Data(contentsOf: URL(filePath: file))
        } catch {
            let reason = access(file, R_OK) == 0 ? "it is not a readable file" : String(cString: strerror(errno))
            throw CommandFailure(.io, "cannot read the file '\(file)' (\(reason))")
        }
        guard body.count <= limit else {
            throw CommandFailure(
                .usage, "the file '\(file)' has \(body.count) bytes; the broker takes bodies of at most \(limit) bytes")
        }
        return Array(body)
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
