// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What the broker confirmed about one published message: it is on disk, flushed.
public struct Publication: Sendable, Hashable {
    /// Its place in the topic; for a duplicate, that of the message that was accepted first.
    public var offset: UInt64
    /// Whether a message with the same id had been accepted before, so that nothing was stored now.
    public var isDuplicate: Bool
    /// Whether at least one subscription will see it; true also when the broker answered `DUP`, which does not tell.
    public var isSeen: Bool

    /// Makes a confirmation, as tests do.
    public init(offset: UInt64, isDuplicate: Bool = false, isSeen: Bool = true) {
        self.offset = offset
        self.isDuplicate = isDuplicate
        self.isSeen = isSeen
    }
}
