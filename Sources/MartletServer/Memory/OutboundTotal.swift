// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletLock
import Synchronization

/// Memory of the buffers that were written to all connections and that their sockets have not wholly taken.
///
/// When it is more than may be, connections are closed, on any event loop, in the order of `UntakenMemory`.
final class OutboundTotal: Sendable {
    /// The connections of one event loop; both calls come on any thread.
    struct Member: Sendable {
        /// Asks for what is held for each of them, and has it told once.
        let look: @Sendable (_ tell: @escaping @Sendable ([UntakenMemory]) -> Void) -> Void
        /// Closes those of them that are named, and asks for relief again behind that.
        let close: @Sendable ([ConnectionID]) -> Void
    }

    private struct Round {
        var untold: Int
        var holdings: [UntakenMemory] = []
    }

    /// Bytes that may be held.
    let limit: Int
    private let total = Atomic(0)
    private let members = Lock<[Member]>([])
    /// What is known while the members are asked; nil while they are not.
    private let round = Lock<Round?>(nil)

    init(limit: Int) {
        self.limit = limit
    }

    /// Adds the connections of an event loop.
    func add(_ member: Member) {
        members.withLock { $0.append(member) }
    }

    /// Notes that the bytes of one connection have become more or fewer.
    func change(by difference: Int) {
        guard difference != 0 else { return }
        total.add(difference, ordering: .relaxed)
    }

    /// Bytes that are held; what was taken since a connection was looked at last still counts.
    var bytes: Int { total.load(ordering: .relaxed) }

    /// Whether more is held than may be.
    var isExceeded: Bool { bytes > limit }

    /// Has connections closed until no more is held than may be.
    func relieve() {
        guard isExceeded else { return }
        let members = members.withLock { $0 }
        let isBegun = round.withLock { round in
            guard round == nil else { return false }
            round = Round(untold: members.count)
            return true
        }
        guard isBegun else { return }
        for member in members { member.look { self.told($0, members) } }
    }

    private func told(_ holdings: [UntakenMemory], _ members: [Member]) {
        let all = round.withLock { round -> [UntakenMemory]? in
            round?.holdings += holdings
            round?.untold -= 1
            guard let told = round, told.untold == 0 else { return nil }
            round = nil
            return told.holdings
        }
        guard let all else { return }
        // Looking at them has counted what they have taken meanwhile.
        let chosen = UntakenMemory.chosen(of: all, toFree: bytes - limit)
        guard !chosen.isEmpty else { return }
        for member in members { member.close(chosen) }
    }
}
