// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletTestKit
import Testing

@Suite("Messages that wait for a person", .timeLimit(.minutes(10))) struct PeopleTests {
    @Test func `a message that its handler parks waits, and comes again with the person's note`() async throws {
        try await OnBroker.run(clock: ManualClock()) { (broker, client) async throws in
            let seen = Recorder<Message>()
            try await client.publish(Draft("orders", body: [], id: "o-1", key: "k"))
            try await alongside {
                try await client.consume("orders", as: "billing", from: .earliest, receipts: true) { message in
                    seen.append(message)
                    if message.note == nil { message.park(code: "limit", note: "over 1,000") }
                }
            } _: {
                try await broker.wait(until: .counts("orders", "billing") { $0.backlog == 1 && $0.inFlight == 0 })
                let parked = try await client.administration.parked("orders", "billing")
                let entry = try #require(parked.first)
                #expect(entry.offset == 1 && entry.id == "o-1" && entry.key == "k" && entry.since == 1_790_000_000_000)
                #expect(entry.code == "limit" && entry.note == "over 1,000" && entry.failures == 0)
                #expect(entry.consumer?.hasPrefix("tests/") == true && entry.deliveries == 1)
                #expect(entry.attempts.map(\.code) == ["limit"])
                #expect(try await client.administration.subscription("orders", "billing").parked == 1)
                let why = try await client.administration.why("orders", .id("o-1"), subscription: "billing")
                guard case .parked(1_790_000_000_000, "limit", "over 1,000", _) = try #require(why.first).evidence
                else {
                    Issue.record("\(why)")
                    return
                }
                try await client.administration.resolve("orders", "billing", 1, .retry, note: "fine, go on")
                try await broker.wait(until: .backlog(0, "orders", "billing"))
                let messages = try await seen.wait(for: 2)
                #expect(messages.map(\.note) == [nil, "fine, go on"] && messages.map(\.receipt) == [nil, nil])
            }
        }
    }

    @Test func `the inbox of a handler that parks its message keeps nothing, so that it runs again`() async throws {
        try await OnBroker.run { (broker, client) async throws in
            let inbox = MemoryInbox([String]())
            try await client.publish("orders", "one", id: "o-1")
            try await alongside {
                try await client.consume("orders", as: "billing", from: .earliest, inbox: inbox) { message, database in
                    database.value.append(message.note ?? "asked")
                    if message.note == nil { message.park(note: "look at it") }
                }
            } _: {
                try await broker.wait(until: .parked, topic: "orders", message: .id("o-1"), subscription: "billing")
                #expect(inbox.value == [])
                try await client.administration.resolve("orders", "billing", 1, .retry, note: "fine")
                try await broker.wait(until: .handled, topic: "orders", message: .id("o-1"), subscription: "billing")
                #expect(inbox.value == ["fine"])
            }
        }
    }

    @Test func `a delivery that is settled by hand is parked`() async throws {
        try await OnBroker.run { (broker, client) async throws in
            try await client.publish("orders", "one", id: "o-1")
            try await client.first("orders", as: "billing") { delivery in
                #expect(delivery.message.failures == 0)
                try await delivery.nack(delay: .zero, code: "E1")
            }
            try await client.first("orders", as: "billing") { delivery in
                #expect(delivery.message.failures == 1 && delivery.message.isRedelivered)
                try await delivery.park(code: "E2", note: String(repeating: "x", count: 1_100))
            }
            let parked = try await client.administration.parked("orders", "billing")
            #expect(parked.map(\.code) == ["E2"] && parked.map(\.note?.count) == [1_024])
            #expect(parked.map(\.failures) == [1])
        }
    }

    @Test func `a person may say that it is handled, or give it up`() async throws {
        try await OnBroker.run { (broker, client) async throws in
            let administration = client.administration
            for id in ["a", "b"] { try await client.publish("orders", "", id: id) }
            try await alongside {
                try await client.consume("orders", as: "billing", from: .earliest) { _ in
                    throw HandlerFailure.park(code: "E1")
                }
            } _: {
                try await broker.wait(until: .counts("orders", "billing") { $0.backlog == 2 && $0.inFlight == 0 })
                #expect(try await administration.parked("orders", "billing", limit: 1).map(\.offset) == [1])
                #expect(try await administration.parked("orders", "billing", after: 1).map(\.offset) == [2])
                try await administration.resolve("orders", "billing", 1, .ack, note: "done by hand")
                try await administration.resolve("orders", "billing", 2, .reject, note: "never")
            }
            let why = try await administration.why("orders", .offset(1), subscription: "billing")
            guard case .handled(_, _, "ack", "done by hand") = try #require(why.first).evidence else {
                Issue.record("\(why)")
                return
            }
            let dead = try #require(try await administration.deadLetters("orders", "billing").first)
            #expect(dead.reason == "rejected" && dead.note == "never" && dead.id == "b" && dead.offset == 2)
            let settled = await #expect(throws: ClientError.self) {
                try await administration.resolve("orders", "billing", 1, .retry)
            }
            #expect(settled?.code == .refused("unknown-message"))
        }
    }

    @Test func `dead letters tell how they died, and are delivered again`() async throws {
        try await OnBroker.run { (broker, client) async throws in
            let administration = client.administration
            try await administration.createSubscription("orders", "billing", from: .new)
            #expect(try await administration.deadLetters("orders", "billing") == [])
            let typo = await #expect(throws: ClientError.self) {
                try await administration.deadLetters("orders", "biling")
            }
            #expect(typo?.code == .refused("unknown-subscription"))
            for id in ["a", "b", "c"] { try await client.publish("orders", id, id: id) }
            for _ in 1...3 {
                try await client.first("orders", as: "billing") { delivery in
                    try await delivery.reject(code: delivery.message.text == "b" ? "E2" : "E1", note: "no")
                }
            }
            let dead = try await administration.deadLetters("orders", "billing")
            #expect(dead.map(\.id) == ["a", "b", "c"] && dead.map(\.code) == ["E1", "E2", "E1"])
            let first = try #require(dead.first)
            #expect(first.reason == "rejected" && first.topic == "orders" && first.subscription == "billing")
            #expect(first.deliveries == 1 && first.failures == 1 && first.note == "no" && first.redrives == 0)
            #expect(first.message.body == Array("a".utf8) && first.attempts.count == 1 && first.at ?? 0 > 0)
            let filter = DeadLetterFilter(code: "E1")
            #expect(try await administration.redrive("orders", "billing", filter, dryRun: true) == 2)
            #expect(try await administration.redrive("orders", "billing", filter, rate: 1_000) == 2)
            try await broker.wait(until: .backlog(2, "orders", "billing"))
            #expect(try await administration.deadLetters("orders", "billing").map(\.id) == ["b"])
            #expect(try await client.drain("orders", as: "billing", until: "c").map(\.text) == ["a", "c"])
        }
    }

    @Test func `a redrive that goes on is told, and can be stopped`() async throws {
        try await OnBroker.run(clock: ManualClock()) { (_, client) async throws in
            let administration = client.administration
            for number in 1...4 { try await client.publish("orders", "\(number)") }
            for _ in 1...4 { try await client.first("orders", as: "billing") { try await $0.reject() } }
            #expect(try await administration.redrive("orders", "billing", rate: 1) == 4)
            let job = try #require(try await administration.subscription("orders", "billing").redrive)
            #expect(job.meant == 4 && job.rate == 1 && job.since == 1_790_000_000_000)
            let second = await #expect(throws: ClientError.self) {
                try await administration.redrive("orders", "billing")
            }
            #expect(second?.code == .refused("conflict"))
            let left = try await administration.stopRedrive("orders", "billing")
            #expect(left == 4 - Int(job.done))
            #expect(try await administration.subscription("orders", "billing").redrive == nil)
        }
    }
}
