// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletBroker
import MartletLock
import MartletModel
import MartletService
import Testing

/// The broker as one thing: questions from inside the process, and routes to peers.
struct BrokerServiceTests {
    private func withService(_ body: (BrokerService) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("service-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var storage = StorageConfiguration()
        storage.folder = folder
        let service = BrokerService(
            configuration: BrokerConfiguration(), storage: storage,
            clock: .manual { Moment(wall: 1_790_000_000_000, steady: 5) }, notify: { _ in })
        try await service.open(seed: 1)
        do {
            try await body(service)
        } catch {
            service.stop()
            _ = await service.stopped()
            throw error
        }
        service.stop()
        _ = await service.stopped()
    }

    @Test func `questions and commands from inside are answered as a client's are`() async throws {
        try await withService { service in
            guard case .done = try await service.ask(.createTopic(name: "orders", options: TopicOptions())) else {
                Issue.record("CREATE was not answered OK")
                return
            }
            guard case .reply(.topic(let info)) = try await service.ask(.info(.topic("orders"))) else {
                Issue.record("INFO topic was not answered")
                return
            }
            #expect(info.name == "orders")
            #expect(info.next == 1)
            let set = SetRecord(space: "s", key: [97], expected: .exactly(0), value: [1])
            guard case .number(1) = try await service.ask(.set(set)) else {
                Issue.record("SET was not answered with its version")
                return
            }
            let refusal = await #expect(throws: Refusal.self) { try await service.ask(.info(.topic("other"))) }
            #expect(refusal?.code == .unknownTopic)
        }
    }

    @Test func `a message that becomes visible at once is answered with its offset`() async throws {
        try await withService { service in
            var message = TimedPublish(topic: "orders", schedule: .delay(60_000))
            message.id = [97]
            guard case .reply(.scheduled) = try await service.ask(.publish(message)),
                case .published(1) = try await service.ask(.reschedule(topic: "orders", id: [97], to: .delay(0))),
                case .published(2) = try await service.ask(.publish(TimedPublish(topic: "orders", ttl: 60_000)))
            else {
                Issue.record("an offset was expected")
                return
            }
            let refusal = await #expect(throws: Refusal.self) {
                try await service.ask(.reschedule(topic: "orders", id: [97], to: .delay(0)))
            }
            #expect(refusal?.code == .unknownMessage)
        }
    }

    @Test func `many questions at once get each its own answer`() async throws {
        try await withService { service in
            for number in 0..<20 {
                _ = try await service.ask(.createTopic(name: "t\(number)", options: TopicOptions()))
            }
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let name = "t\(number % 20)"
                        guard case .reply(.topic(let info)) = try await service.ask(.info(.topic(name))) else {
                            return false
                        }
                        return info.name == name
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test func `behind the end every question is refused`() async throws {
        let kept = Lock<BrokerService?>(nil)
        try await withService { service in kept.withLock { $0 = service } }
        let service = try #require(kept.withLock { $0 })
        let refusal = await #expect(throws: Refusal.self) { try await service.ask(.info(.broker)) }
        #expect(refusal?.code == .shuttingDown)
    }

    @Test func `what the broker says goes to the route of each connection`() async throws {
        try await withService { service in
            let (first, second) = (service.makeRoute(), service.makeRoute())
            let heard = Lock<[String: Int]>([:])
            service.connect(first) { outboxes in heard.withLock { $0["first", default: 0] += outboxes.count } }
            service.connect(second) { outboxes in heard.withLock { $0["second", default: 0] += outboxes.count } }
            for (route, ordinal) in [(first, UInt64(1)), (second, 1), (second, 2)] {
                let id = route.connectionID(ordinal)
                route.put(.connected(id, client: "c", session: "s\(id.value)", resuming: nil))
                var gathered = CommandGatherer()
                gathered.add(.ping)
                route.put(.commands(route.pool.batch(&gathered, of: id)))
            }
            // The answer of a question comes behind those before it.
            _ = try await service.ask(.info(.broker))
            #expect(heard.withLock { $0 } == ["first": 1, "second": 2])
        }
    }

    @Test func `a store that cannot be opened is told, and nothing hangs`() async throws {
        var storage = StorageConfiguration()
        storage.folder = "/dev/null/martlet"
        let service = BrokerService(
            configuration: BrokerConfiguration(), storage: storage, clock: .manual { Moment(wall: 1, steady: 1) },
            notify: { _ in })
        await #expect(throws: BrokerFailure.self) { try await service.open(seed: 1) }
        #expect(await service.stopped() == nil)
    }
}
