// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A consumer, on a connection of its own.
final class AccountConsumer {
    /// A delivery that it holds.
    struct Held {
        var offset: UInt64
        var deadline: UInt64
        var isTouched = false
    }

    /// Never given again.
    let id: Int
    let connection: UInt64
    let topic: AccountTopic
    let account: Account
    var window: Int
    /// What it holds by the tags, messages included that were settled by others meanwhile.
    var held: [UInt64: Held] = [:]

    init(id: Int, connection: UInt64, topic: AccountTopic, account: Account, window: Int) {
        self.id = id
        self.connection = connection
        self.topic = topic
        self.account = account
        self.window = window
    }

    /// What evidence calls it.
    var name: String { "client-\(connection)/1" }

    var hasRoom: Bool { held.count < window }

    /// Whether a delivery is still its own, and was not ended by another client.
    func owns(_ tag: UInt64) -> Bool {
        guard let offset = held[tag]?.offset else { return false }
        return account.entries[offset]?.state == .leased(consumer: id, tag: tag)
    }
}
