// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// What is done with messages at the cursor that are not simply handed out.
extension Lane {
    /// What is to be done with the message at the cursor; nil when it is passed over.
    func pass(
        _ message: SegmentCursor.Message, _ segment: Segment, at now: UInt64, _ source: some LaneSource
    ) throws(StoreError) -> Next? {
        guard let fields = segment.fields(start: message.start, size: message.size) else {
            return .damaged(message.offset..<message.offset + 1)
        }
        guard filter.isEmpty || filter.passes(fields) else {
            settled.insert(message.offset)
            filtered += 1
            return nil
        }
        if !early.isEmpty, early.remove(message.offset) != nil { return nil }
        if !ahead.isEmpty, ahead.contains(message.offset) {
            return try passAhead(message, segment, fields, at: now, source)
        }
        if fields.expires != 0, fields.expires <= now { return .expired(Returned(fresh: message.offset)) }
        if order != .none, let key = source.key(of: fields), !locks.take(key, for: message.offset) {
            return nil
        }
        return .message(segment, message, nil)
    }

    /// What is to be done with a message at the cursor that has a row.
    func passAhead(
        _ message: SegmentCursor.Message, _ segment: Segment, _ fields: MessageFields, at now: UInt64,
        _ source: some LaneSource
    ) throws(StoreError) -> Next? {
        ahead.removeAll { $0 <= message.offset }
        if let key = source.key(of: fields), !locks.take(key, for: message.offset) { return nil }
        return .message(segment, message, try source.deferred(message.offset).map(Returned.init))
    }

    /// What stands at the cursor of a lane for which no consumer waits.
    enum Passed {
        /// Messages that are to be delivered, or none.
        case all
        /// More is to be looked at.
        case more
        /// A message whose time is over.
        case expired(Returned)
    }

    /// Passes over what the filter does not pass, up to the first message that is to be delivered.
    func skip(
        below end: UInt64, at now: UInt64, _ source: some LaneSource, budget: inout Int
    ) throws(StoreError) -> Passed {
        while case let offset = try nextOffset(source), offset < end {
            guard budget > 0 else { return .more }
            guard case .message(let segment, let message) = try source.locate(offset, &reader),
                message.offset == offset, let fields = segment.fields(start: message.start, size: message.size)
            else { return .all }
            budget -= 1
            if filter.isEmpty || filter.passes(fields) {
                guard fields.expires != 0, fields.expires <= now, !reopened.contains(offset), !ahead.contains(offset),
                    !early.contains(offset)
                else { return .all }
                cursor = offset + 1
                return .expired(Returned(fresh: offset))
            }
            settled.insert(offset)
            filtered += 1
            cursor = offset + 1
        }
        return .all
    }
}
