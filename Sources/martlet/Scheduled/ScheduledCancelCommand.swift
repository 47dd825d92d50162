// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet scheduled cancel`: takes back a message whose time has not come.
struct ScheduledCancelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel a scheduled message; that it is due already is an error (exit code 70).")

    @Argument(help: "The topic.", completion: NameCompletion.topics)
    var topic: String

    @Argument(help: "The message's id.")
    var id: String

    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        _ = try ClientOptions.checkedName(topic, what: "topic")
        _ = try MessageArgument.identifier(id, "id")
    }

    func run() throws {
        try client.withConnection { connection, _ in
            _ = try connection.request(.cancel(topic: topic, id: Array(id.utf8)))
            try StandardOutput.write("cancelled \(id)\n")
        }
    }
}
