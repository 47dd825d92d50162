// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Full is a clean state: what takes room is refused in time, and what makes room always works.
extension Broker {
    /// How old a measure of the room may be, in milliseconds: others write to the disk too.
    private static let roomAge: UInt64 = 1_000

    /// Whether nothing that takes room for good may be taken.
    var isFull: Bool { store.room < taken }

    /// Whether so little room is left that failures are counted in memory: only what settles or makes room may write.
    var isTight: Bool { store.room - taken < -store.reserve / 2 }

    /// Why a settle command is not taken now; nil when it is.
    ///
    /// What cannot be written down is not answered `OK`: the lease goes on, and the client tries again.
    func refusal(of verb: Settle.Verb, _ subscription: Subscription) -> Refusal? {
        switch verb {
        // A dead letter that is rejected comes back: that needs no copy.
        case .reject: isFull && !subscription.topic.isDeadLetters ? full(subscription.topic) : nil
        case .park: isTight ? full(subscription.topic) : nil
        case .ack, .nack, .release: nil
        }
    }

    /// Notes bytes that this step writes besides what came in.
    func produced(_ bytes: Int) {
        produced += bytes
        taken += bytes
    }

    /// Looks at the room if that was long ago.
    func measureRoom() {
        guard now.steady >= roomMeasured + Self.roomAge else { return }
        roomMeasured = now.steady
        store.measureRoom()
    }

    /// Why nothing is taken, and what helps here.
    func full(_ topic: Topic? = nil) -> Refusal {
        let room = store.statistics
        let left = min(room.mapBytes - min(room.usedBytes, room.mapBytes), room.diskFreeBytes)
        let limit = room.diskFreeBytes <= left ? "the disk" : "storage.map-size"
        let numbers = "\(room.usedBytes >> 20) MiB used, \(left >> 20) MiB left of \(limit)"
        let reserve = "\(store.reserve >> 20) MiB stay free"
        return Refusal(
            .full, "the store is nearly full: \(numbers), \(reserve); \(Self.advice(topic)), then try again")
    }

    private static func advice(_ topic: Topic?) -> String {
        guard let topic else { return "PURGE or DELETE what is not needed" }
        let settings = topic.row.settings
        switch settings.retention {
        case .interest, .work: return "settle messages of '\(topic.name)' or PURGE it"
        case .limits where settings.unsettled == .drop || topic.subscriptions.isEmpty:
            return "PURGE '\(topic.name)', or give topics max-bytes"
        case .limits:
            return "settle messages and PURGE '\(topic.name)' before=<offset>, or give topics max-bytes"
        }
    }
}
