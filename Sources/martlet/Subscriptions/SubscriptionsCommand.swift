// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet subscriptions`: what waits in each subscription.
struct SubscriptionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscriptions",
        abstract: "Show what waits in each subscription, since when, and who works on it.",
        discussion: """
              martlet subscriptions --watch        all of them, each second
              martlet subscriptions orders         those of one topic

            backlog    messages that are not settled; of these
            in flight    are with consumers,
            deferred     wait for their time to be tried again, and
            parked       wait for a person ('martlet parked list').
            oldest     how long ago the oldest of the backlog became visible
            dead       became dead letters ('martlet dead list')
            consumers  are attached ('martlet info consumers' names them)
            filtered   messages that the subscription's filter did not pass
            lost       messages that were dropped before they were settled
            """)

    @Argument(help: "The topic; without it, all topics.", completion: NameCompletion.topics)
    var topic: String?

    @Flag(help: "Print the broker's JSON about each, for programs.")
    var json = false

    @OptionGroup var watch: WatchOptions
    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        if let topic { _ = try ClientOptions.checkedName(topic, what: "topic") }
    }

    func run() throws {
        try client.withConnection { connection, _ in
            try watch.show {
                let topics = try topic.map { [try connection.value(.info(.topic($0)))] }
                let list = try SubscriptionList(connection, topics: topics)
                return try json ? list.json() + "\n" : list.table()
            }
        }
    }
}
