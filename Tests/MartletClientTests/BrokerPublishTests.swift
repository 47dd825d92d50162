// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletTestKit
import Testing

@Suite("Publishing to a broker", .timeLimit(.minutes(10))) struct BrokerPublishTests {
    @Test func `a publish tells the offset and whether anybody will see it`() async throws {
        try await OnBroker.run { (_, client) async throws in
            #expect(try await client.publish("orders", "a") == Publication(offset: 1, isSeen: false))
            #expect(try await client.rest("orders", as: "billing").map(\.line) == ["a 1"])
            #expect(try await client.publish("orders", "b") == Publication(offset: 3))
            #expect(try await client.publish("returns", "c") == Publication(offset: 1, isSeen: false))
        }
    }

    @Test func `an id that comes again is a duplicate of the first`() async throws {
        try await OnBroker.run { _, client in
            for text in ["a", "b"] { try await client.publish("orders", text, id: "o-\(text)") }
            let again = try await client.publish("orders", "a", id: "o-a")
            #expect(again == Publication(offset: 1, isDuplicate: true, isSeen: true))
            #expect(try await client.publish("orders", "c").offset == 3)
            // The same id is another message's on another topic.
            #expect(try await !client.publish("returns", "a", id: "o-a").isDuplicate)
        }
    }

    @Test func `an id that comes again with another body is refused`() async throws {
        try await OnBroker.run { _, client in
            try await client.publish("orders", "a", id: "o-1")
            let error = await #expect(throws: ClientError.self) { try await client.publish("orders", "b", id: "o-1") }
            #expect(error?.code == .refused("id-conflict"))
            #expect(try await client.rest("orders", as: "s").map(\.text) == ["a"])
        }
    }

    @Test func `a batch tells what became of each of its messages`() async throws {
        try await OnBroker.run { _, client in
            try await client.publish("orders", "zero", id: "o-0")
            var batch = try MessageBatch("orders")
            try batch.append(Draft("orders", body: Array("one".utf8), id: "o-1"))
            try batch.append(Array("two".utf8))
            try batch.append(Draft("orders", body: Array("zero".utf8), id: "o-0"))
            try batch.append(Draft("orders", body: Array("other".utf8), id: "o-1"))
            try batch.append(Draft("orders", body: Array("one".utf8), id: "o-1"))
            try batch.append(Array("three".utf8))
            let result = try await client.publish(batch)
            #expect(result.count == 6)
            #expect((0..<6).map { result.offset(at: $0) } == [2, 3, 1, nil, 2, 4])
            #expect(result.duplicates == [2, 4])
            #expect(result.refusals.map(\.index) == [3])
            #expect(result.refusals.first?.error.code == .refused("id-conflict"))
            #expect(!result.isComplete)
            #expect(try await client.rest("orders", as: "s").map(\.text) == ["zero", "one", "two", "three"])
        }
    }

    @Test func `a batch that is published again is a duplicate as a whole`() async throws {
        try await OnBroker.run { _, client in
            var batch = try MessageBatch("orders")
            for number in 0..<100 { try batch.append(Array("\(number)".utf8)) }
            let first = try await client.publish(batch)
            #expect(first.runs.map(\.indexes) == [0..<100])
            #expect(first.offset(at: 99) == 100)
            #expect(first.duplicates.isEmpty)
            #expect(first.unseenCount == 100)
            let second = try await client.publish(batch)
            #expect(second.runs == first.runs)
            #expect(second.duplicates == Array(0..<100))
            #expect(second.isComplete)
        }
    }

    @Test func `batches keep their order, also when their confirms are lost`() async throws {
        try await OnBroker.link { _, link, client in
            for skipped in [70, 250] { await link.loseReply(to: "PUB", skipping: skipped) }
            await link.drop(.before, .client, skipping: 350) { $0.word == "PUB" }
            for round in 0..<4 {
                var batch = try MessageBatch("orders")
                for number in 0..<100 { try batch.append(Array("\(round * 100 + number)".utf8)) }
                let result = try await client.publish(batch)
                #expect(result.runs.map(\.indexes) == [0..<100])
                #expect(result.runs.map(\.firstOffset) == [UInt64(round * 100 + 1)])
                // What is found there already is the batch's own first copy.
                #expect(result.duplicates.isEmpty)
            }
            let counts = await link.counts
            #expect(counts.lostReplies + counts.drops > 1)
            #expect(try await client.rest("orders", as: "s").map(\.text) == (0..<400).map(String.init))
        }
    }

    @Test func `a publish whose confirm is lost is stored once`() async throws {
        try await OnBroker.link { _, link, client in
            await link.loseReply(to: "PUB", times: 2)
            let own = try await client.publish("orders", "a")
            #expect(own.offset == 1)
            #expect(!own.isDuplicate)
            await link.loseReply(to: "PUB")
            // Nobody can tell whose copy of an id that the caller gave was found.
            let known = try await client.publish("orders", "b", id: "o-1")
            #expect(known.offset == 2)
            #expect(known.isDuplicate)
            #expect(await link.counts.lostReplies == 3)
            #expect(try await client.rest("orders", as: "s").map(\.text) == ["a", "b"])
        }
    }

    @Test func `publishes beyond what may be in flight wait for room`() async throws {
        try await TestBroker.with { broker in
            var configuration = OnBroker.configuration(broker.port)
            configuration.maxInFlightMessages = 2
            try await Client.with(configuration, logger: OnBroker.logger) { client in
                let offsets = try await withThrowingTaskGroup(of: UInt64.self) { group in
                    for number in 0..<100 {
                        group.addTask { try await client.publish("orders", "\(number)").offset }
                    }
                    return try await group.reduce(into: Set()) { $0.insert($1) }
                }
                #expect(offsets == Set(1...100))
            }
        }
    }

    @Test(arguments: [RunningBroker.Ending.graceful, .killed])
    func `publishes go on behind a restart of the broker`(_ ending: RunningBroker.Ending) async throws {
        try await OnBroker.run { broker, client in
            let texts = (0..<300).map { "\($0)" }
            let half = Turnstile()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for (index, text) in texts.enumerated() {
                        try await client.publish("orders", text)
                        if index == 100 { half.open() }
                    }
                }
                try await half.pass()
                try await broker.restart(ending)
                try await group.waitForAll()
            }
            #expect(try await client.rest("orders", as: "s").map(\.text) == texts)
        }
    }
}
