// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The topic and the subscription that a command is about.
struct SubscriptionPlace: ParsableArguments {
    @Argument(help: "The topic.", completion: NameCompletion.topics)
    var topic: String

    @Argument(help: "The subscription.", completion: NameCompletion.subscriptions)
    var subscription: String

    func validate() throws {
        _ = try ClientOptions.checkedName(topic, what: "topic")
        _ = try ClientOptions.checkedName(subscription, what: "subscription")
    }
}
