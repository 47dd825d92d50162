// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// What the broker confirmed about the messages of a batch, each named by its index in the batch.
public struct BatchPublication: Sendable {
    /// Messages that follow each other in the batch and in the topic.
    public struct Run: Sendable, Hashable {
        /// Their indexes in the batch.
        public var indexes: Range<Int>
        /// The offset of the first; the others follow it one by one.
        public var firstOffset: UInt64
    }

    /// A message that rests in the broker until its time comes.
    public struct Delayed: Sendable, Hashable {
        /// Its index in the batch.
        public var index: Int
        /// When it becomes visible, in Unix milliseconds.
        public var due: UInt64

        /// Makes one, as tests do.
        public init(index: Int, due: UInt64) {
            self.index = index
            self.due = due
        }
    }

    /// A message that was not accepted.
    public struct Refusal: Sendable {
        /// Its index in the batch.
        public var index: Int
        /// Why, with code `refused`.
        public var error: ClientError
    }

    /// How many messages there were.
    public let count: Int
    /// The visible messages as runs, in the order of their indexes; what is in none was refused or is delayed.
    public let runs: [Run]
    /// The accepted messages whose time has not come.
    public let delayed: [Delayed]
    /// The indexes of messages whose id had been accepted before, so that nothing was stored now.
    public let duplicates: [Int]
    /// The messages that were not accepted.
    public let refusals: [Refusal]
    /// How many of the accepted messages no subscription will see.
    public let unseenCount: Int

    /// Whether all messages were accepted.
    public var isComplete: Bool { refusals.isEmpty }

    /// The offset of a message, or nil when it was refused or is delayed.
    public func offset(at index: Int) -> UInt64? {
        runs.first { $0.indexes.contains(index) }.map { $0.firstOffset + UInt64(index - $0.indexes.lowerBound) }
    }

    init(_ confirms: Confirms) {
        count = confirms.count
        runs = confirms.runs.map { Run(indexes: $0.index..<($0.index + $0.count), firstOffset: $0.first) }
        delayed = confirms.delayed
        duplicates = confirms.duplicates
        refusals = confirms.refusals
        unseenCount = confirms.unseen
    }
}
