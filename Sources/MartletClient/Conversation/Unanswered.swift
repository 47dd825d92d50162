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
        // A repeat of ids that only this client has is its own first copy, which arrived.
        let isOwn = wasSentBefore && request.hasOwnIDs
        confirms.append(offset, isDuplicate: isDuplicate && !isOwn, isUnseen: isUnseen)
    }

    /// Goes on taking its replies, which are dropped.
    mutating func abandon() {
        request.retry = .report
        request.completion = .ignored
    }
}
