// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

// Which message may go, and which waits for which.
extension Account {
    /// What the messages of one lane have in common; nil where each goes by itself.
    private func lane(of entry: AccountEntry) -> String? {
        switch settings.order {
        case .none: nil
        case .key: entry.key.isEmpty ? nil : entry.key
        case .all: ""
        }
    }

    private func others(of entry: AccountEntry) -> [AccountEntry] {
        guard let lane = lane(of: entry) else { return [] }
        return unsettled.filter { $0.offset != entry.offset && self.lane(of: $0) == lane }
    }

    /// The messages that hold the key of one that is due, so that it cannot go.
    func holders(of entry: AccountEntry, at now: UInt64) -> [AccountEntry] {
        others(of: entry).filter { $0.isLeased || $0.holds && $0.offset < entry.offset && !$0.isOverdue(at: now) }
    }

    /// Whether it is not said who has the key.
    ///
    /// A later message may have it that came back before an older one was redriven, or one that is over without that
    /// being recorded.
    func isUndecided(_ entry: AccountEntry, at now: UInt64) -> Bool {
        others(of: entry).contains { other in
            other.holds && !other.isLeased && other.offset > entry.offset || other.isOverdue(at: now)
        }
    }

    /// Messages of its key that are due, and go before it.
    func elders(of entry: AccountEntry, at now: UInt64) -> [AccountEntry] {
        others(of: entry).filter { $0.state == .unsettled && $0.offset < entry.offset && !$0.isOverdue(at: now) }
    }

    /// Whether a message could be delivered now, were there a consumer for it.
    func isDeliverable(_ entry: AccountEntry, at now: UInt64) -> Bool {
        entry.state == .unsettled && !entry.isOverdue(at: now) && pausedUntil == nil
            && holders(of: entry, at: now).isEmpty && elders(of: entry, at: now).isEmpty
    }

    /// What could be delivered now, in the order of the offsets.
    func deliverable(at now: UInt64) -> [AccountEntry] {
        unsettled.filter { isDeliverable($0, at: now) }
    }

    /// Which of some deliveries that were made at once was the first, or why they may not be.
    ///
    /// What came back goes before what is newer, and what never was delivered goes in order.
    func first(of offsets: Set<UInt64>, at now: UInt64) -> Result<UInt64, AccountFault> {
        let all = deliverable(at: now)
        let candidates = all.filter { !isUndecided($0, at: now) }
        let back = candidates.first { $0.hasComeBack }?.offset
        let fresh = candidates.first { !$0.hasComeBack }?.offset
        let came = offsets.sorted().map(String.init).joined(separator: ",")
        if let undecided = all.first(where: { isUndecided($0, at: now) && offsets.contains($0.offset) }) {
            return .success(undecided.offset)
        }
        if let back, back < fresh ?? .max {
            return offsets.contains(back) ? .success(back) : .failure(AccountFault("\(came) came before \(back)"))
        }
        if let fresh, offsets.contains(fresh) { return .success(fresh) }
        if let back, offsets.contains(back) { return .success(back) }
        let others = (fresh.map { ["\($0)"] } ?? []) + (back.map { ["\($0)"] } ?? [])
        return .failure(AccountFault("\(came) came; what could come was \(others.joined(separator: " or "))"))
    }
}
