// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore

/// The broker's process: its core, what has come in, and where in its loop it is.
final class BrokerProcess {
    /// What the loop waits for.
    enum Phase {
        case idle
        case committing(StoreBatch)
        case syncing
    }

    /// What came in, and when.
    struct Incoming {
        let link: Link
        let packet: Packet
        /// In milliseconds of the steady clock.
        let time: UInt64
    }

    let broker: Broker
    var phase = Phase.idle
    var waiting: [Incoming] = []
    /// Whether a commit has returned that is not known to be durable.
    var isCommitOutstanding = false
    var isStopping = false
    /// When it will be looked at next although nothing comes in.
    var wake: UInt64?
    var links: [UInt64: Link] = [:]
    /// Steps without a pause; a loop that never rests is a fault too.
    var turns = 0
    /// What a planted bug takes from the tags of the consumers of a number, and the highest that the core gave it.
    var tagBases: [TagOwner: UInt64] = [:]
    var highestTags: [TagOwner: UInt64] = [:]

    struct TagOwner: Hashable {
        let link: UInt64
        let number: UInt64
    }

    init(_ broker: Broker) {
        self.broker = broker
    }

    var isIdle: Bool {
        guard case .idle = phase else { return false }
        return waiting.isEmpty && !isCommitOutstanding && !broker.hasWork
    }
}
