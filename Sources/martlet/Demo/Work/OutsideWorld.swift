// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The world outside: a mail service that keeps a log of every call, and what it sent because of them.
struct OutsideWorld: Sendable {
    /// How many calls there were.
    private(set) var calls = 0
    /// What was sent, for each request.
    private(set) var sent: [Int: [Mail]] = [:]
    private var keys: Set<String> = []

    /// Nothing has happened yet.
    init() {}

    /// What a whole log has led to.
    init(_ log: [Mail]) {
        for mail in log { take(mail) }
    }

    /// Takes a call; one with a key that was used before has no effect.
    mutating func take(_ mail: Mail) {
        calls += 1
        guard keys.insert(mail.key).inserted else { return }
        sent[mail.request, default: []].append(mail)
    }

    /// Calls that had no effect, since their key had been used before.
    var absorbed: Int { calls - keys.count }

    /// How long the service takes to answer; it sends at once, so a caller that gives up has sent all the same.
    static func milliseconds(seed: UInt64, request: Int) -> Int {
        var dice = Dice(seed: seed, "mail", request)
        return dice.hits(percent: 5) ? .random(in: 1_050...1_300, using: &dice) : .random(in: 5...40, using: &dice)
    }
}
