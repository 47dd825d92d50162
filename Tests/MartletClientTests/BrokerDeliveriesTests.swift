// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletTestKit
import Testing

@Suite("Deliveries that are settled by hand", .timeLimit(.minutes(10))) struct BrokerDeliveriesTests {
    @Test func `each delivery is settled as it is told`() async throws {
        try await OnBroker.run { _, client in
            for text in ["ack", "nack", "release", "reject"] { try await client.publish("orders", text) }
            var lines: [String] = []
            let options = ConsumerOptions(maxFailures: 2, backoff: [.milliseconds(1)])
            for try await delivery in try client.deliveries(
                "orders", as: "s", from: .earliest, window: 1, options: options)
            {
                lines.append(delivery.message.line)
                #expect(!delivery.isLost)
                switch delivery.message.text {
                case "nack": try await delivery.nack(delay: .zero, code: "no", note: "not now")
                case "release" where delivery.message.attempt < 3: try await delivery.release()
                case "reject": try await delivery.reject(code: "never", note: "bad")
                default: try await delivery.ack()
                }
                if lines.count == 7 { break }
            }
            #expect(lines.filter { $0.hasPrefix("ack") } == ["ack 1"])
            #expect(lines.filter { $0.hasPrefix("nack") } == ["nack 1", "nack 2"])
            #expect(lines.filter { $0.hasPrefix("release") } == ["release 1", "release 2", "release 3"])
            #expect(lines.filter { $0.hasPrefix("reject") } == ["reject 1"])
            let letters = try await Self.deadLetters(2, client)
            #expect(letters.map { $0.headers["Martlet-Dead-Code"] }.sorted { $0 ?? "" < $1 ?? "" } == ["never", "no"])
            #expect(try await client.rest("orders", as: "s").map(\.line) == [])
        }
    }

    private static func deadLetters(_ count: Int, _ client: Client) async throws -> [Message] {
        var letters: [Message] = []
        for try await delivery in try client.deliveries("$dead.orders.s", as: "look", from: .earliest) {
            letters.append(delivery.message)
            try await delivery.ack()
            if letters.count == count { break }
        }
        return letters
    }

    @Test func `no more are handed out than the window allows`() async throws {
        try await OnBroker.link { _, link, client in
            let pushes = await link.tap(.broker)
            for number in 1...5 { try await client.publish("orders", "\(number)") }
            let iterator = try client.deliveries("orders", as: "s", from: .earliest, window: 2).makeAsyncIterator()
            var held: [Delivery] = []
            for number in 1...5 {
                if held.count == 2 { try await held.removeFirst().ack() }
                let delivery = try #require(try await iterator.next())
                #expect(delivery.message.text == "\(number)")
                held.append(delivery)
                // Whatever the broker had to hand out was on its way before this answer.
                _ = try await client.record("space", "key")
                #expect(pushes.all.count { $0.hasPrefix("MSG ") } <= number + 1)
            }
            for delivery in held { try await delivery.ack() }
        }
    }

    @Test func `what is unsettled when the iteration ends goes back uncounted`() async throws {
        try await OnBroker.run { _, client in
            for text in ["a", "b", "c"] { try await client.publish("orders", text) }
            let options = ConsumerOptions(maxFailures: 1)
            for try await delivery in try client.deliveries("orders", as: "s", from: .earliest, options: options) {
                if delivery.message.text == "b" { break }
                try await delivery.ack()
            }
            #expect(try await client.rest("orders", as: "s").map(\.line) == ["b 2", "c 2"])
        }
    }

    @Test func `a delivery that lost its lease says so, and cannot be settled`() async throws {
        let clock = ManualClock()
        try await OnBroker.link(clock: clock) { _, link, client in
            let pushes = await link.tap(.broker)
            try await client.publish("orders", "a")
            let options = ConsumerOptions(lease: .seconds(10), backoff: [.seconds(1)])
            let iterator = try client.deliveries("orders", as: "s", from: .earliest, options: options)
                .makeAsyncIterator()
            let first = try #require(try await iterator.next())
            clock.advance(by: 10_000)
            try await pushes.wait { $0.contains { $0.hasPrefix("LOST ") } }
            clock.advance(by: 1_200)
            let second = try #require(try await iterator.next())
            #expect(second.message.line == "a 2")
            #expect(first.isLost)
            let error = await #expect(throws: ClientError.self) { try await first.ack() }
            #expect(error?.code == .leaseLost)
            #expect(!second.isLost)
            try await second.ack()
        }
    }

    @Test func `a touch by hand extends the lease by what it says`() async throws {
        let clock = ManualClock()
        try await OnBroker.run(clock: clock) { _, client in
            try await client.publish("orders", "a")
            let options = ConsumerOptions(lease: .seconds(10))
            let iterator = try client.deliveries("orders", as: "s", from: .earliest, options: options)
                .makeAsyncIterator()
            let delivery = try #require(try await iterator.next())
            try await delivery.touch(progress: 50, note: "half of it", for: .seconds(60))
            clock.advance(by: 59_999)
            #expect(!delivery.isLost)
            try await delivery.ack()
        }
    }

    @Test func `a receipt that is written by hand comes with the next delivery`() async throws {
        try await OnBroker.run { _, client in
            try await client.publish("orders", "a", id: "o-1")
            try await client.publish("orders", "b")
            var receipts: [String?] = []
            for try await delivery in try client.deliveries("orders", as: "s", from: .earliest, window: 1) {
                receipts.append(delivery.message.receipt)
                if delivery.message.isRedelivered {
                    try await delivery.ack()
                } else {
                    try await delivery.receipt("charge:\(delivery.message.text)", keep: .seconds(3_600))
                    try await delivery.release()
                }
                if receipts.count == 4 { break }
            }
            #expect(receipts == [nil, "charge:a", nil, "charge:b"])
        }
    }

    @Test func `an iteration ends when the client shuts down`() async throws {
        try await OnBroker.run { broker, _ in
            let seen = Recorder<String>()
            try await OnBroker.client(broker.port) { client in
                try await client.publish("orders", "a")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for try await delivery in try client.deliveries("orders", as: "s", from: .earliest) {
                            try await delivery.ack()
                            seen.append(delivery.message.text)
                        }
                        seen.append("over")
                    }
                    try await seen.wait(for: 1)
                    client.shutDown()
                    try await group.waitForAll()
                }
            }
            #expect(seen.all == ["a", "over"])
        }
    }

    @Test func `each iteration is a consumer of its own`() async throws {
        try await OnBroker.run { _, client in
            for text in ["a", "b"] { try await client.publish("orders", text) }
            let deliveries = try client.deliveries("orders", as: "s", from: .earliest, window: 1)
            let iterators = (deliveries.makeAsyncIterator(), deliveries.makeAsyncIterator())
            let first = try #require(try await iterators.0.next())
            let second = try #require(try await iterators.1.next())
            #expect([first.message.text, second.message.text] == ["a", "b"])
            try await second.ack()
            try await first.ack()
        }
    }
}
