// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
import Testing

@testable import MartletClient

/// The server dies at every command of a conversation and comes back.
struct DyingServerTests {
    /// When, with regard to one command, the server dies.
    enum Moment: CaseIterable {
        case unread, unanswered, halfAnswered
    }

    struct Death {
        var frame: Int
        var moment: Moment
    }

    /// Plays a conversation with a broker that dies at the given commands, counted over all connections.
    ///
    /// - Returns: how many commands came.
    private func play(
        _ broker: FakeBroker, _ deaths: [Death], _ body: @Sendable (Client) async throws -> Void
    ) async throws -> Int {
        let count = Lock(0)
        let script: FakeServer.Script = { frame in
            let index = count.withLock { count in
                defer { count += 1 }
                return count
            }
            guard let death = deaths.first(where: { $0.frame == index }) else { return .send(broker.answer(frame)) }
            if death.moment == .unread { return .die }
            let answer = broker.answer(frame)
            return death.moment == .unanswered ? .die : .sendAndDie(String(answer.prefix(answer.utf8.count / 2)))
        }
        try await FakeServer.with(script) { server in
            try await Client.with(server.configuration(), logger: .silent, body)
        }
        return count.withLock { $0 }
    }

    /// Plays a conversation once undisturbed, and then with a death at each of its commands and each moment.
    private func everyDeath(
        twice: Bool = false, broker: @autoclosure () -> FakeBroker = FakeBroker(),
        _ body: @Sendable (Client, FakeBroker, [Death]) async throws -> Void
    ) async throws {
        let undisturbed = broker()
        let total = try await play(undisturbed, []) { try await body($0, undisturbed, []) }
        #expect(total >= 3)
        for frame in 0..<total {
            for moment in Moment.allCases {
                for second in twice ? Array((frame + 1)...(frame + total)) : [-1] {
                    let deaths = [Death(frame: frame, moment: moment), Death(frame: second, moment: moment)]
                    let broker = broker()
                    _ = try await play(broker, deaths) { try await body($0, broker, deaths) }
                }
            }
        }
    }

    @Test func `single publishes are stored once each, in their order`() async throws {
        try await everyDeath { client, broker, _ in
            for number in 1...3 {
                let publication = try await client.publish(Draft("t", body: Array("\(number)".utf8)))
                #expect(publication == Publication(offset: UInt64(number)))
            }
            #expect(broker.messages.map(\.body) == ["1", "2", "3"])
        }
    }

    @Test func `publishes that wait together are never overtaken`() async throws {
        try await everyDeath(twice: true) { client, broker, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...4 {
                    // It runs at once until it waits, so that they ask in this order.
                    group.addImmediateTask {
                        let publication = try await client.publish(Draft("t", body: Array("\(number)".utf8)))
                        #expect(publication == Publication(offset: UInt64(number)))
                    }
                }
                try await group.waitForAll()
            }
            #expect(broker.messages.map(\.body) == ["1", "2", "3", "4"])
        }
    }

    @Test func `a batch with ids is stored once, whatever part of it was answered`() async throws {
        try await everyDeath(twice: true) { client, broker, _ in
            var batch = try MessageBatch("t")
            for number in 1...4 { try batch.append(Array("\(number)".utf8)) }
            let publication = try await client.publish(batch)
            #expect(publication.isComplete && publication.duplicates.isEmpty && publication.count == 4)
            #expect(publication.runs == [BatchPublication.Run(indexes: 0..<4, firstOffset: 1)])
            #expect(broker.messages.map(\.body) == ["1", "2", "3", "4"])
        }
    }

    @Test func `a batch without ids says unknown or tells the truth`() async throws {
        try await everyDeath { client, broker, deaths in
            var batch = try MessageBatch("t", withIDs: false)
            for number in 1...3 { try batch.append(Array("\(number)".utf8)) }
            do {
                let publication = try await client.publish(batch)
                #expect(publication.runs == [BatchPublication.Run(indexes: 0..<3, firstOffset: 1)])
                #expect(broker.messages.map(\.body) == ["1", "2", "3"])
            } catch let error as ClientError {
                #expect(error.code == .unknown)
                // Before the batch was written nothing was unknown, and after it was answered neither.
                #expect((1...3).contains(deaths[0].frame))
                #expect(broker.messages.map(\.body) == ["1", "2", "3"].prefix(broker.messages.count).map(\.self))
            }
        }
    }

    @Test func `a message with the caller's id is stored once`() async throws {
        try await everyDeath { client, broker, deaths in
            let publication = try await client.publish(Draft("t", body: [120], id: "mine"))
            #expect(publication.offset == 1)
            #expect(broker.messages == [FakeBroker.Stored(topic: "t", id: "mine", body: "x")])
            let wasStored = deaths.first.map { $0.frame == 1 && $0.moment != .unread } ?? false
            #expect(publication.isDuplicate == wasStored)
        }
    }

    @Test func `setting a record says unknown when nobody knows`() async throws {
        try await everyDeath { client, broker, deaths in
            do {
                let version = try await client.setRecord("s", "k", to: [49], expecting: .any)
                #expect(version == 1)
                #expect(broker.record("s k")?.version == 1)
                #expect(deaths.first?.frame != 1)
            } catch let error as ClientError {
                #expect(error.code == .unknown)
                #expect(deaths.first?.frame == 1)
                #expect(broker.record("s k")?.version == (deaths[0].moment == .unread ? nil : 1))
            }
        }
    }

    @Test func `reading a record is asked again`() async throws {
        try await everyDeath { client, broker, _ in
            #expect(try await client.record("s", "k") == nil)
            _ = try? await client.setRecord("s", "k", to: [49], expecting: .any)
            let record = try await client.record("s", "k")
            #expect(record?.value == broker.record("s k")?.value)
        }
    }

    private static let work = (1...3).map { FakeBroker.Stored(topic: "work", id: "w\($0)", body: "\($0)") }

    @Test func `a delivery that says it was acked was acked`() async throws {
        try await everyDeath(broker: FakeBroker(Self.work)) { client, broker, _ in
            let deliveries = try client.deliveries("work", as: "s", from: .earliest, window: 2).makeAsyncIterator()
            while broker.acked.count < 3, let delivery = try await deliveries.next() {
                do {
                    try await delivery.ack()
                    #expect(broker.acked.contains(Int(delivery.message.offset)))
                } catch let error as ClientError {
                    #expect([.unknown, .leaseLost].contains(error.code))
                }
            }
            #expect(broker.acked == [1, 2, 3])
        }
    }

    private final class Handled: Sendable {
        let offsets = Lock<Set<UInt64>>([])
    }

    @Test func `a handler's messages are all acked in the end`() async throws {
        try await everyDeath(broker: FakeBroker(Self.work)) { client, broker, _ in
            let handled = Handled()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await client.consume("work", as: "s", from: .earliest, concurrency: 2) { message in
                        handled.offsets.withLock { _ = $0.insert(message.offset) }
                    }
                }
                await broker.waitForAcks(3)
                client.shutDown()
                try await group.waitForAll()
            }
            #expect(handled.offsets.withLock { $0 } == [1, 2, 3])
        }
    }

    @Test func `a step happens once, entirely`() async throws {
        try await everyDeath(broker: FakeBroker(Self.work)) { client, broker, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await client.step("work", as: "s", from: .earliest, concurrency: 1) { message, step in
                        let record = try await step.record("s", "count")
                        step.set("s", "count", to: (record?.value ?? []) + message.body)
                        step.publish(Draft("out", body: message.body))
                    }
                }
                await broker.waitForAcks(3)
                client.shutDown()
                try await group.waitForAll()
            }
            #expect(broker.record("s count")?.value.sorted() == Array("123".utf8))
            #expect(broker.record("s count")?.version == 3)
            #expect(broker.messages.filter { $0.topic == "out" }.map(\.body).sorted() == ["1", "2", "3"])
        }
    }
}
