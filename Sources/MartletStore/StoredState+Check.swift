// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Whether what was loaded fits together: rows have checksums, and those that are missing show here.
extension StoredState {
    /// The state itself, checked.
    ///
    /// - Throws: `damaged` when its parts contradict each other.
    package func checked() throws(StoreError) -> StoredState {
        var ends: [UInt64: UInt64] = [:]
        for topic in topics {
            guard topic.first >= 1, topic.first <= topic.next, topic.id % TopicID.ordinary < nextTopic else {
                throw StoreError(.damaged, "topic '\(topic.name)' is not what was written: the data file is damaged")
            }
            ends[topic.id] = topic.next
        }
        for subscription in subscriptions {
            let row = subscription.row
            guard let end = ends[row.topic] else { throw damaged(row, "belongs to no topic") }
            guard row.id < nextSubscription, row.position < nextSubscription else {
                throw damaged(row, "has an id that was never given out")
            }
            // One that is to begin at an offset to come lies behind the end, and has settled nothing.
            guard row.floor < max(end, row.start, row.earlier.last?.end ?? 0) else {
                throw damaged(row, "has settled messages up to \(row.floor), and its topic ends before \(end)")
            }
            guard subscription.settledInChunks == row.settledAbove else {
                throw damaged(row, "has lost some of its acks")
            }
        }
        return self
    }

    private func damaged(_ row: StoredSubscription, _ what: String) -> StoreError {
        StoreError(.damaged, "subscription '\(row.name)' \(what): the data file is damaged")
    }
}

extension StoredState.Subscription {
    /// The messages above the floor that the chunks say are settled.
    fileprivate var settledInChunks: UInt64 {
        var settled: UInt64 = 0
        for (chunk, words) in chunks {
            let first = chunk &* Chunk.offsets
            for index in 0..<64 {
                var word = words?[index] ?? .max
                let start = first &+ UInt64(64 * index)
                // What lies at or below the floor is settled anyway, and is not counted.
                if row.floor >= start { word &= row.floor - start >= 63 ? 0 : .max << (row.floor - start + 1) }
                settled += UInt64(word.nonzeroBitCount)
            }
        }
        return settled
    }
}
