// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What the outside world got, judged by its own log: the same judgement for the broker and for the script.
struct DemoOutcome: Sendable, Equatable {
    /// Requests that got exactly one answer.
    var once = 0
    /// Requests that got more than one answer.
    var doubled = 0
    /// Those of them whose answers contradict each other.
    var contradicted = 0
    /// Requests that got none.
    var lost = 0

    /// Judges what was sent.
    init(requests: Int, world: OutsideWorld) {
        for request in 1...requests {
            let mails = world.sent[request] ?? []
            switch mails.count {
            case 0: lost += 1
            case 1: once += 1
            default:
                doubled += 1
                if Set(mails.map(\.label)).count > 1 { contradicted += 1 }
            }
        }
    }
}
