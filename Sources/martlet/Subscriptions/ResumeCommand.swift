// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet resume`: ends a pause.
struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let the deliveries of a paused subscription go on.")

    @OptionGroup var place: SubscriptionPlace
    @OptionGroup var client: ClientOptions

    func run() throws {
        try client.withConnection { connection, _ in
            _ = try connection.request(.resume(topic: place.topic, name: place.subscription))
            try StandardOutput.write("\(place.subscription) of \(place.topic) goes on\n")
        }
    }
}
