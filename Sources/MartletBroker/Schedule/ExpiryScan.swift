// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// A look at what a subscription began behind the time of: messages whose time was over by then.
final class ExpiryScan {
    let subscription: Subscription
    /// The position that began: a seek ends the look.
    let position: UInt64
    /// The next message that is looked at.
    var next: UInt64
    /// The offset behind the last.
    let end: UInt64

    init(_ subscription: Subscription, from next: UInt64, to end: UInt64) {
        self.subscription = subscription
        position = subscription.row.position
        self.next = next
        self.end = end
    }
}
