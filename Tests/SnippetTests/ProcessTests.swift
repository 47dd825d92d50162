// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletJSON
import MartletTestKit
import Testing

// snippet: processes-state
/// What is known about one order; its number is the process.
struct Progress: Codable {
    var isPlaced = false
    var isPaid = false
    var isShipped = false
}

extension Step {
    /// The progress of a process, and that nothing is known yet.
    func progress(of process: String) async throws -> Progress {
        try await record("progress", process)?.decode() ?? Progress()
    }

    /// Keeps the progress for 90 days from now.
    func keep(_ progress: Progress, of process: String) throws {
        try set("progress", process, json: progress, ttl: .seconds(90 * 86_400))
    }
}
// snippet end

// snippet: processes-events
/// Ships an order when it is placed and paid, in whatever order the two are heard of, and however often.
func ship(_ client: Client) async throws {
    try await client.step("order-events", as: "shipping", from: .earliest) { message, step in
        guard let order = message.process, let event = CloudEvent(message.headers) else {
            throw HandlerFailure.reject(code: "no-event")
        }
        var progress = try await step.progress(of: order)
        switch event.type {
        case "order.placed": progress.isPlaced = true
        case "order.paid": progress.isPaid = true
        default: return
        }
        if progress.isPlaced, progress.isPaid, !progress.isShipped {
            progress.isShipped = true
            step.publish(Draft("shipments", body: [], process: order, cause: message.id))
        }
        try step.keep(progress, of: order)
    }
}
// snippet end

// snippet: processes-change
/// Adds to a number that others change too.
func add(_ cents: Int, to key: String, _ client: Client) async throws {
    while true {
        let record = try await client.record("sums", key)
        let sum = try record?.decode(Int.self) ?? 0
        do {
            let expected = record.map { ExpectedVersion.version($0.version) } ?? .absent
            try await client.setRecord("sums", key, json: sum + cents, expecting: expected)
            return
        } catch let error as ClientError where error.code.versions != nil {
            // Another client was faster: read again.
        }
    }
}
// snippet end

// snippet: processes-list
/// The keys of all records of a space.
func keys(in space: String, _ client: Client) async throws -> [String] {
    var keys: [String] = []
    while true {
        let page = try await client.records(in: space, limit: 1_000, after: keys.last)
        keys += page.map(\.key)
        if page.count < 1_000 { return keys }
    }
}
// snippet end

@Suite("Processes", .timeLimit(.minutes(10))) struct ProcessTests {
    private func publish(_ type: String, of order: String, _ client: Client) async throws {
        var headers = Headers()
        CloudEvent(id: "\(type)-\(order)", source: "/shop", type: type).write(to: &headers)
        try await client.publish(Draft("order-events", body: [], process: order, headers: headers))
    }

    @Test func `an order ships once, in whatever order its events come`() async throws {
        try await onBroker { client in
            try await beside {
                try await ship(client)
            } _: {
                let shipped = Recorder<String>()
                try await beside {
                    try await client.consume("shipments", as: "test", from: .earliest) {
                        shipped.append($0.process ?? "")
                    }
                } _: {
                    for type in ["order.paid", "order.paid", "order.placed", "order.placed"] {
                        try await publish(type, of: "1", client)
                    }
                    try await shipped.wait(for: 1)
                    for type in ["order.placed", "order.paid"] { try await publish(type, of: "2", client) }
                    try await shipped.wait(for: 2)
                    #expect(shipped.all == ["1", "2"])
                }
                let record = try #require(try await client.record("progress", "2"))
                #expect(record.expires != nil)
                #expect(try await keys(in: "progress", client) == ["1", "2"])
            }
        }
    }

    @Test func `a sum that many change loses nothing`() async throws {
        try await onBroker { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { try await add(5, to: "all", client) } }
                try await group.waitForAll()
            }
            let record = try #require(try await client.record("sums", "all"))
            #expect(record.number == 40)
            #expect(record.version == 8)
        }
    }

    @Test func `a conflict tells the version, and 0 when there is no record`() async throws {
        try await onBroker { client in
            let absent = await #expect(throws: ClientError.self) {
                try await client.setRecord("sums", "a", to: [], expecting: .version(3))
            }
            #expect(absent?.code.versions == [0])
            let first = try await client.setRecord("sums", "a", to: [], expecting: .absent)
            #expect(first == 1)
            let present = await #expect(throws: ClientError.self) {
                try await client.setRecord("sums", "a", to: [], expecting: .absent)
            }
            #expect(present?.code.versions == [1])
            let removed = try await client.removeRecord("sums", "a", expecting: .version(1))
            let again = try await client.setRecord("sums", "a", to: [], expecting: .any)
            #expect((removed, again) == (2, 3))
        }
    }
}
