// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// What the broker answered to the publishes of a request, kept as runs.
struct Confirms: Sendable {
    /// Messages that follow each other with offsets that follow each other.
    struct Run: Sendable, Equatable {
        var index: Int
        var first: UInt64
        var count: Int
    }

    private(set) var count = 0
    private(set) var runs: [Run] = []
    private(set) var duplicates: [Int] = []
    private(set) var refusals: [BatchPublication.Refusal] = []
    private(set) var unseen = 0
    private(set) var delayed: [BatchPublication.Delayed] = []

    /// Takes the next confirm.
    @inline(__always)
    mutating func append(_ offset: UInt64, isDuplicate: Bool, isUnseen: Bool) {
        let last = runs.count &- 1
        if last >= 0, runs[last].first &+ UInt64(runs[last].count) == offset,
            runs[last].index &+ runs[last].count == count
        {
            runs[last].count &+= 1
        } else {
            runs.append(Run(index: count, first: offset, count: 1))
        }
        if isDuplicate { duplicates.append(count) }
        if isUnseen { unseen &+= 1 }
        count &+= 1
    }

    /// Takes the confirm of a message whose time has not come.
    mutating func append(due: UInt64, isDuplicate: Bool) {
        delayed.append(BatchPublication.Delayed(index: count, due: due))
        if isDuplicate { duplicates.append(count) }
        count += 1
    }

    /// Takes a refusal in the place of the next confirm.
    mutating func append(_ error: ClientError) {
        refusals.append(BatchPublication.Refusal(index: count, error: error))
        count += 1
    }
}
