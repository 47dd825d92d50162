// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What was left behind by a run, read from three places that do not know of each other.
struct DemoEvidence: Sendable {
    /// Every call that the mail service logged.
    var mails: [Mail] = []
    /// Every message of the topic of answers, in its order.
    var answers: [DemoBody] = []
    /// The record of each request.
    var states: [Int: RequestState] = [:]
    /// Keys of records that are not the state of a request.
    var strangeKeys: [String] = []
    /// Messages that became dead letters.
    var dead = 0
    /// Messages that are not settled.
    var unsettled = 0
}
