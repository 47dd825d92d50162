// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet delete subscription`: removes a subscription.
struct DeleteSubscriptionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscription", abstract: "Remove a subscription and its position; the messages stay.",
        discussion: ConsentOptions.discussion)

    @OptionGroup var place: SubscriptionPlace
    @OptionGroup var consent: ConsentOptions
    @OptionGroup var client: ClientOptions

    func run() throws {
        try client.withConnection { connection, _ in
            let (topic, name) = (place.topic, place.subscription)
            let info = try connection.value(.info(.subscription(topic: topic, name: name)))
            try consent.obtain(
                """
                This removes the subscription \(name) of \(topic) for good; it has \(info.count("backlog")) messages \
                that are not settled, and \(info.count("consumers")) consumers.
                """)
            _ = try connection.request(.deleteSubscription(topic: topic, name: name))
            try StandardOutput.write("deleted subscription \(name) of \(topic)\n")
        }
    }
}
