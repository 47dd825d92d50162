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

    @Option(help: ArgumentHelp("Begin behind this one, as the end of a full list names it.", valueName: "due-number"))
    var after: String?

    @Flag(help: "Print the broker's JSON, for programs.")
    var json = false

    @OptionGroup var watch: WatchOptions
    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        _ = try ClientOptions.checkedName(topic, what: "topic")
        guard (1...Limits.listed).contains(count) else {
            throw ValidationError("--count \(count): expected a number from 1 to \(Limits.listed)")
        }
        _ = try place()
    }

    /// The place behind which the list begins.
    private func place() throws -> (time: UInt64, number: UInt64) {
        guard let after else { return (0, 0) }
        let numbers = after.split(separator: "-", omittingEmptySubsequences: false).map { UInt64($0) }
        guard numbers.count == 2, let time = numbers[0], let number = numbers[1], max(time, number) < Limits.number
        else { throw ValidationError("--after \(after): expected two numbers, such as 1790000000000-17") }
        return (time, number)
    }

    func run() throws {
        try client.withConnection { connection, _ in
            let place = try place()
            try watch.show {
                let answer = try connection.data(
                    .scheduled(topic: topic, limit: count, afterTime: place.time, afterNumber: place.number))
                if json { return String(decoding: answer, as: UTF8.self) + "\n" }
                let messages = try BlockingConnection.value(answer).array ?? []
                return Self.table(messages) + Self.more(behind: messages.count == count ? messages.last : nil)
            }
        }
    }

    /// How to see what is behind the last one of a full list.
    private static func more(behind last: JSONValue?) -> String {
        guard let last else { return "" }
        return "the next with --after \(last.count("due"))-\(last.count("number")), if there are more\n"
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
