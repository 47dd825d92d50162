// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet create subscription`: makes a subscription.
struct CreateSubscriptionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscription",
        abstract: "Make a subscription; that there is one already is an error (exit code 70).")

    @OptionGroup var place: SubscriptionPlace

    @Option(help: ArgumentHelp("Where it starts: \(StartArgument.expectation).", valueName: "start"))
    var from: String

    @OptionGroup var fixed: FixedSettingOptions
    @OptionGroup var settings: SubscriptionSettingOptions
    @OptionGroup var client: ClientOptions

    mutating func validate() throws { _ = try StartArgument.parse(from, "--from") }

    func run() throws {
        try client.withConnection { connection, _ in
            _ = try connection.request(try command())
            try StandardOutput.write("created subscription \(place.subscription) of \(place.topic)\n")
        }
    }

    /// What the broker is asked to do.
    func command() throws -> Command {
        .createSubscription(
            topic: place.topic, name: place.subscription, from: try StartArgument.parse(from, "--from"),
            options: try fixed.apply(to: try settings.options()))
    }
}
