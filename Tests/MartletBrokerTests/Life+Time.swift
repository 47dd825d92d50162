// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// Time passes in a random life: leases run out, graces end, messages grow old.
extension Life {
    /// Lets time pass, and asks the broker how things stand.
    mutating func pass(_ milliseconds: UInt64) throws -> String? {
        let end = harness.now.wall + milliseconds
        while harness.now.wall < end {
            let now = harness.now.wall
            var next = end
            // The clock stops where a grace ends: a lease that ran out before that is a failure, no other.
            if let stop = model.consumers.compactMap(\.keptUntil).min(), stop <= end {
                next = stop - 1 > now ? stop - 1 : stop
            }
            let lost = model.pass(to: next)
            try harness.pass(next - now)
            if let problem = checkLost(lost) ?? collect() { return problem }
        }
        return try audit()
    }

    /// Lets ephemeral subscriptions end, or versions and outcomes be forgotten.
    mutating func passLong() throws -> String? {
        try pass(isOne(in: 6) ? 90_000_000 : UInt64.random(in: 100_000...400_000, using: &random))
    }

    /// Whether each open connection was told which of its leases ran out.
    private func checkLost(_ lost: [UInt64: [UInt64: Set<UInt64>]]) -> String? {
        let heard = harness.heardByAll()
        for connection in openConnections {
            var told: [UInt64: Set<UInt64>] = [:]
            for line in heard[connection] ?? [] {
                let words = line.split(separator: " ")
                guard words.count == 4, words[0] == "LOST", words[3] == "timeout", let number = UInt64(words[1]) else {
                    return "connection \(connection) was told '\(line)'"
                }
                told[number, default: []].formUnion(words[2].split(separator: ",").compactMap { UInt64($0) })
            }
            if told != lost[connection] ?? [:] {
                return "connection \(connection) was told of \(told), not \(lost[connection] ?? [:])"
            }
        }
        return nil
    }
}
