// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What the broker confirmed about one published message: it is on disk, flushed.
public struct Publication: Sendable, Hashable {
    /// Its place in the topic; for a duplicate, that of the message that was accepted first; 0 as long as it has none,
    /// because its time has not come.
    public var offset: UInt64
    /// Whether a message with the same id had been accepted before, so that nothing was stored now.
    public var isDuplicate: Bool
    /// Whether at least one subscription will see it; true also when the broker answered `DUP`, which does not tell.
    public var isSeen: Bool

    /// When it becomes visible, in Unix milliseconds; nil when it is visible, and then it has an offset.
    public var due: UInt64?

    /// Makes a confirmation, as tests do.
    public init(offset: UInt64, isDuplicate: Bool = false, isSeen: Bool = true, due: UInt64? = nil) {
        self.offset = offset
        self.isDuplicate = isDuplicate
        self.isSeen = isSeen
        self.due = due
    }
}
