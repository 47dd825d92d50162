// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

// Rows about returned messages, and about endings, as they are behind all that was applied so far.
extension Broker {
    /// What a row counts for how much a step does, in bytes: it costs as much time as some of a message.
    private var rowWeight: Int { min(4_096, configuration.stepBytes / 16) }

    /// What is known about a returned message.
    func deferredRow(of offset: UInt64, _ subscription: Subscription) throws(StoreError) -> Deferred? {
        // Nothing is known about any: this is asked for each message that has waited for its key.
        guard subscription.row.deferredRows > 0 else { return nil }
        if !subscription.written.isEmpty, let written = subscription.written[offset] { return written }
        return try store.deferred(position: subscription.row.position, offset: offset)
    }

    /// Writes what is known about a returned message, and when it comes again.
    ///
    /// - Parameter replacing: the row that it replaces, or nil.
    func put(_ row: Deferred, replacing: Deferred?, of subscription: Subscription) {
        var row = row
        if let replacing, !replacing.isParked {
            subscription.lane.forget(Due(time: replacing.due, offset: row.offset))
        }
        if !row.isParked, row.due <= dueNow {
            row.due = dueNow
            subscription.lane.admit(row)
            pumpLater(subscription)
        } else if !row.isParked {
            row.due = subscription.lane.postpone(until: Due(time: row.due, offset: row.offset))
            if !subscription.isDeferring {
                subscription.isDeferring = true
                deferring.append(subscription)
            }
        }
        let position = subscription.row.position
        operations.append(.putDeferred(position: position, row: row, replacing: replacing?.due))
        produced += max(row.size, rowWeight)
        taken += row.size
        if replacing == nil { subscription.row.deferredRows += 1 }
        countParked(row.isParked, before: replacing?.isParked ?? false, of: subscription)
        countReopened(row.isReopened, before: replacing?.isReopened ?? false, of: subscription)
        write(subscription) { $0.written[row.offset] = .some(row) }
        markChanged(subscription)
    }

    /// Forgets what the store knows about a returned message that is settled now.
    func forgetRow(of offset: UInt64, _ subscription: Subscription) throws(StoreError) {
        guard let row = try deferredRow(of: offset, subscription) else { return }
        write(subscription) { $0.written[offset] = .some(nil) }
        let position = subscription.row.position
        operations.append(.removeDeferred(position: position, offset: offset, due: row.due))
        if !row.isParked { subscription.lane.forget(Due(time: row.due, offset: offset)) }
        subscription.row.deferredRows -= min(1, subscription.row.deferredRows)
        countParked(false, before: row.isParked, of: subscription)
        countReopened(false, before: row.isReopened, of: subscription)
        if row.isReopened { try forgetCopy(of: offset, subscription) }
        markChanged(subscription)
    }

    private func countParked(_ isParked: Bool, before: Bool, of subscription: Subscription) {
        guard isParked != before else { return }
        subscription.row.parked = isParked ? subscription.row.parked + 1 : subscription.row.parked - 1
    }

    private func countReopened(_ isReopened: Bool, before: Bool, of subscription: Subscription) {
        guard isReopened != before else { return }
        subscription.row.reopened = isReopened ? subscription.row.reopened + 1 : subscription.row.reopened - 1
    }

    /// Under which position it stands how a message ended: the one that speaks of it.
    func endingPosition(of offset: UInt64, _ subscription: Subscription) -> UInt64 {
        let earlier = subscription.row.earlier.first { offset < $0.end }?.position ?? 0
        return earlier > 0 ? earlier : subscription.row.position
    }

    /// Writes how messages ended that were not acked.
    func put(_ ending: Ending, of subscription: Subscription) {
        operations.append(.putEnding(position: endingPosition(of: ending.last, subscription), ending))
        write(subscription) { $0.ended.add(ending) }
    }

    /// How a message ended, if that is known and was not an ack.
    func ending(of offset: UInt64, _ subscription: Subscription) throws(StoreError) -> Ending? {
        if let ending = subscription.ended.ending(of: offset) { return ending }
        return try store.ending(position: endingPosition(of: offset, subscription), of: offset)
    }

    /// Forgets how a message ended, which is to be delivered again.
    func takeEnding(of offset: UInt64, _ subscription: Subscription) {
        operations.append(.removeEnding(position: endingPosition(of: offset, subscription), last: offset))
        write(subscription) { $0.ended.take(offset) }
    }

    /// Remembers that a subscription has what the store does not show before the commit.
    func write(_ subscription: Subscription, _ change: (Subscription) -> Void) {
        change(subscription)
        guard !subscription.isWritten else { return }
        subscription.isWritten = true
        written.append(subscription)
    }

    /// The store shows what the step wrote.
    func forgetWritten() {
        for subscription in written {
            subscription.isWritten = false
            subscription.written.removeAll(keepingCapacity: subscription.written.count < 1_024)
            subscription.ended = EndedInStep()
        }
        written.removeAll(keepingCapacity: true)
    }
}

extension Deferred {
    /// About how many bytes the row takes.
    fileprivate var size: Int { 200 + note.utf8.count + answer.utf8.count + 96 * attempts.count }
}
