// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A `PURGE` on its way: what filters do not pass is settled first, over several steps.
struct PurgeProgress {
    /// The topic's name.
    let topic: String
    /// The first offset that stays, if the command named one.
    let before: UInt64?
    /// The first offset that stays, from when the command came.
    var first: UInt64?
    /// How far it has looked through what it drops.
    var look = FilterLook()

    init(topic: String, before: UInt64?) {
        self.topic = topic
        self.before = before
    }
}
