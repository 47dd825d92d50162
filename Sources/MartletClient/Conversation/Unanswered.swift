// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A request and what is known of its replies.
struct Unanswered: Sendable {
    var request: Request
    /// Whether it was written before on a connection that ended.
    var wasSentBefore = false
    /// Replies on this connection that only repeat what an earlier connection told.
    var repeats = 0
    /// Confirms so far.
    var confirms = Confirms()
    /// Other replies so far.
    var answers: [Answer] = []

    init(_ request: Request) { self.request = request }

    /// How many replies are still to come.
    var missing: Int { request.replies - confirms.count - answers.count + repeats }

    /// Takes a confirm.
    @inline(__always)
    mutating func confirm(_ offset: UInt64, isDuplicate: Bool, isUnseen: Bool) {
        if repeats > 0 {
            repeats -= 1
            return
        }
        confirms.append(offset, isDuplicate: isDuplicate && !isOwn, isUnseen: isUnseen)
    }

    /// Takes the confirm of a message whose time has not come.
    mutating func confirm(due: UInt64, isDuplicate: Bool) {
        if repeats > 0 {
            repeats -= 1
            return
        }
        confirms.append(due: due, isDuplicate: isDuplicate && !isOwn)
    }

    /// Whether a repeat of its ids can only be its own first copy, which arrived: no other publisher has them.
    private var isOwn: Bool { wasSentBefore && request.hasOwnIDs }

    /// Goes on taking its replies, which are dropped.
    mutating func abandon() {
        request.retry = .report
        request.completion = .ignored
    }
}
