// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet alter subscription`: changes a subscription's settings.
struct AlterSubscriptionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscription",
        abstract: "Change settings of a subscription; only what is named changes, from the next delivery on.")

    @OptionGroup var place: SubscriptionPlace
    @OptionGroup var settings: SubscriptionSettingOptions
    @OptionGroup var client: ClientOptions

    mutating func validate() throws {
        guard try settings.options() != SubscriptionOptions() else {
            throw ValidationError("nothing is named that is to change, such as --lease 5m")
        }
    }

    func run() throws {
        try client.withConnection { connection, _ in
            _ = try connection.request(
                .alterSubscription(topic: place.topic, name: place.subscription, options: try settings.options()))
            try StandardOutput.write("changed subscription \(place.subscription) of \(place.topic)\n")
        }
    }
}
