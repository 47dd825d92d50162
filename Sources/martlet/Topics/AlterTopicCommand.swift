// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet alter topic`: changes a topic's settings.
struct AlterTopicCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topic", abstract: "Change settings of a topic; only what is named changes.")

    @Argument(help: "The topic.", completion: NameCompletion.topics)
    var topic: String

    @OptionGroup var settings: TopicSettingOptions
    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        _ = try ClientOptions.checkedName(topic, what: "topic")
        guard try settings.options() != TopicOptions() else {
            throw ValidationError("nothing is named that is to change, such as --max-age 30d")
        }
    }

    func run() throws {
        try client.withConnection { connection, _ in
            _ = try connection.request(.alterTopic(name: topic, options: try settings.options()))
            try StandardOutput.write("changed topic \(topic)\n")
        }
    }
}
