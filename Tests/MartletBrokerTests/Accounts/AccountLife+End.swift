// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

// A life comes to its end: nothing is forgotten.
extension AccountLife {
    /// Serves every subscription until nothing is left, and looks whether that is so.
    func end() throws {
        note("the end")
        for (_, account) in books.accounts where account.pausedUntil != nil {
            account.pausedUntil = nil
            try say(.resume(topic: account.topic, name: account.name))
            try observe()
        }
        for _ in 1...Self.rounds where isBusy {
            for (topic, account) in books.accounts where books.hindrance(of: account) == "no-consumer" {
                try subscribe(topic, account, window: 10)
                try observe()
            }
            try resolveParked()
            while let (consumer, tag) = books.leases.first {
                try settle(consumer, tag, .ack)
                try observe()
            }
            try compare()
            for consumer in books.consumers where consumer.window == 0 {
                consumer.window = 10
                try say(.window(consumer: 1, window: 10), as: consumer.connection)
                try observe()
            }
            if let next = books.nextEvent { try pass(Int(next - books.now)) }
        }
        try compare()
        for (_, account) in books.accounts {
            guard let left = account.unsettled.first else { continue }
            throw AccountFault("\(account.path) \(left.offset) is forgotten: \(left.state)")
        }
        let told = try harness.bodies("$sys.expect.missed").count
        if told != books.missed { throw AccountFault("\(told) missed expectations were told, not \(books.missed)") }
    }

    private static let rounds = 200

    private var isBusy: Bool {
        !books.expectations.isEmpty
            || books.topics.contains { topic in
                !topic.scheduled.isEmpty || topic.accounts.contains { !$0.unsettled.isEmpty }
            }
    }

    private func resolveParked() throws {
        for (_, account) in books.accounts {
            for entry in account.unsettled {
                guard case .parked = entry.state else { continue }
                account.finish(entry.offset, byPerson: true, note: "done")
                try say(
                    .resolve(
                        Resolve(
                            topic: account.topic, subscription: account.name, offset: entry.offset, decision: .ack,
                            note: "done")))
                try observe()
            }
        }
    }
}
