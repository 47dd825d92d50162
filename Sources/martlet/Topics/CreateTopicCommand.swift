// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet create topic`: makes a topic.
struct CreateTopicCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topic", abstract: "Make a topic; that there is one already is an error (exit code 70).")

    @Argument(help: "The topic.")
    var topic: String

    @OptionGroup var settings: TopicSettingOptions
    @OptionGroup var client: ClientOptions

    mutating func validate() throws { _ = try ClientOptions.checkedName(topic, what: "topic") }

    func run() throws {
        try client.withConnection { connection, _ in
            _ = try connection.request(.createTopic(name: topic, options: try settings.options()))
            try StandardOutput.write("created topic \(topic)\n")
        }
    }
}
