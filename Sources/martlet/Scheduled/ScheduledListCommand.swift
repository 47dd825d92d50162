// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet scheduled list`: what is scheduled in a topic.
struct ScheduledListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List what is scheduled in a topic, what is due next first.")

    @Argument(help: "The topic.", completion: NameCompletion.topics)
    var topic: String

    @Option(help: ArgumentHelp("How many, up to 1000.", valueName: "n"))
    var count = 100

    @Flag(help: "Print the broker's JSON, for programs.")
    var json = false

    @OptionGroup var watch: WatchOptions
    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        _ = try ClientOptions.checkedName(topic, what: "topic")
        guard (1...Limits.listed).contains(count) else {
            throw ValidationError("--count \(count): expected a number from 1 to \(Limits.listed)")
        }
    }

    func run() throws {
        try client.withConnection { connection, _ in
            try watch.show {
                let answer = try connection.data(
                    .scheduled(topic: topic, limit: count, afterTime: 0, afterNumber: 0))
                if json { return String(decoding: answer, as: UTF8.self) + "\n" }
                return Self.table(try BlockingConnection.value(answer).array ?? [])
            }
        }
    }

    /// A line for each message.
    static func table(_ messages: [JSONValue], times: ReadableTime = ReadableTime()) -> String {
        guard !messages.isEmpty else { return "nothing is scheduled\n" }
        let shown = ["id", "key", "process"].filter { name in messages.contains { $0.text(name) != nil } }
        var lines = [["due", "in", "size"] + shown]
        for message in messages {
            let due = message.count("due")
            lines.append(
                [times.text(due), times.distance(due), ReadableValue.size(message.count("bytes"))]
                    + shown.map { message.text($0) ?? "" })
        }
        return TextTable.columns(lines)
    }
}
