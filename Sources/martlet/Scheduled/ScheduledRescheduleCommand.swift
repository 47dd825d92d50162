// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet scheduled reschedule`: gives a message another time.
struct ScheduledRescheduleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reschedule",
        abstract: "Give a scheduled message another time; --delay 0s lets it go now.")

    @Argument(help: "The topic.", completion: NameCompletion.topics)
    var topic: String

    @Argument(help: "The message's id.")
    var id: String

    @OptionGroup var schedule: ScheduleOptions
    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        _ = try ClientOptions.checkedName(topic, what: "topic")
        _ = try MessageArgument.identifier(id, "id")
        guard try schedule.schedule() != nil else { throw ValidationError("say when, with --delay or --at") }
    }

    func run() throws {
        guard let schedule = try schedule.schedule() else { return }
        try client.withConnection { connection, _ in
            let reply = try connection.request(.reschedule(topic: topic, id: Array(id.utf8), to: schedule))
            let due = reply.options["due"].flatMap { Int($0) }.map { "due \(ReadableTime().text($0))" }
            try StandardOutput.write("\(id) is \(due ?? "visible now")\n")
        }
    }
}
