// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// Publishes in a random life, also to topics that are full or not there, and repeats.
extension Life {
    mutating func publish() throws -> String? {
        try publish((0..<Int.random(in: 1...5, using: &random)).map { _ in drawDraft() }, to: pickTopic())
    }

    mutating func publishIdentified() throws -> String? {
        try publish((0..<Int.random(in: 1...4, using: &random)).map { _ in drawRepeat() }, to: pickTopic())
    }

    /// Publishes in one step.
    mutating func publish(_ drafts: [Draft], to topic: String) throws -> String? {
        try harness.send(1) { commands in
            for draft in drafts { commands.publish(topic, draft.body, id: draft.id) }
        }
        return model.publish(drafts, to: topic, answered: harness.heard(1))
    }

    /// A message like no other.
    mutating func drawDraft() -> Draft {
        nextBody += 1
        return Draft(body: "m\(nextBody)" + String(repeating: ".", count: Int.random(in: 0...150, using: &random)))
    }

    /// One of a few ids and bodies, so that repeats and conflicts are common.
    mutating func drawRepeat() -> Draft {
        Draft(
            body: "body-\(Int.random(in: 0..<2, using: &random))", id: "id-\(Int.random(in: 0..<8, using: &random))")
    }

    /// The store becomes full; a topic goes all the same, and does not come back.
    mutating func fill() throws -> String? {
        setFull(true)
        return try isOne(in: 2) ? changeTopics() ?? changeTopics() : publish()
    }

    /// The store is full, or has room again.
    mutating func setFull(_ isFull: Bool) {
        model.isFull = isFull
        harness.store.isFull = isFull
    }
}
