// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// `OK <n>` or `DUP <n>`: the confirm of a publish, or a reply that looks like one; without the strings of a `Reply`.
package struct Confirm: Sendable, Equatable {
    /// The number.
    package var offset: UInt64
    /// Whether it was `DUP`.
    package var isDuplicate: Bool
    /// Whether no subscription will see the message.
    package var isUnseen: Bool

    /// Makes a confirm.
    package init(offset: UInt64, isDuplicate: Bool, isUnseen: Bool) {
        self.offset = offset
        self.isDuplicate = isDuplicate
        self.isUnseen = isUnseen
    }

    /// The same as other replies are read.
    var reply: Reply {
        Reply(
            word: isDuplicate ? "DUP" : "OK", fields: ["\(offset)"], options: isUnseen ? ["subs": "0"] : [:], data: [])
    }
}
