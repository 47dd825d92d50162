// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet delete topic`: removes a topic.
struct DeleteTopicCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topic", abstract: "Remove a topic with its messages and its subscriptions.",
        discussion: ConsentOptions.discussion)

    @Argument(help: "The topic.", completion: NameCompletion.topics)
    var topic: String

    @OptionGroup var consent: ConsentOptions
    @OptionGroup var client: ClientOptions

    mutating func validate() throws { _ = try ClientOptions.checkedName(topic, what: "topic") }

    func run() throws {
        try client.withConnection { connection, _ in
            let info = try connection.value(.info(.topic(topic)))
            let names = (info["subscriptions"]?.array ?? []).compactMap(\.string)
            let readers =
                names.isEmpty ? "" : " and its subscriptions \(names.joined(separator: ", "))"
            try consent.obtain(
                "This removes the topic \(topic) with its \(info.count("messages")) messages\(readers), for good.")
            _ = try connection.request(.deleteTopic(name: topic))
            try StandardOutput.write("deleted topic \(topic)\n")
        }
    }
}
