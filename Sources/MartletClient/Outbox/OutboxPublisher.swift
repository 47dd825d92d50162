// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import ServiceLifecycle

/// Takes messages out of an outbox and publishes them, until it is told to stop.
struct OutboxPublisher: Sendable {
    /// How many are taken at once.
    private static let count = 64
    /// After how many milliseconds an outbox is looked at that others may have written to.
    private static let interval: Int64 = 1_000

    let client: Client
    let outbox: any MessageOutbox

    /// Runs until a graceful shutdown, after which it takes out what is there and returns, or until the client ends.
    func run() async throws {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        wake.yield()
        let closer = client.intake.onClose { wake.finish() }
        defer { client.intake.removeCloser(closer) }
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await _ in await outbox.writes() { wake.yield() }
                }
                group.addTask {
                    while true {
                        try await client.wait(milliseconds: Self.interval)
                        wake.yield()
                    }
                }
                defer { group.cancelAll() }
                for await _ in wakes { try await takeOut() }
                try Task.checkCancellation()
                try await takeOut()
            }
        } onGracefulShutdown: {
            wake.finish()
        }
    }

    /// Publishes what is there, as far as the client still runs.
    private func takeOut() async throws {
        do {
            while try await takeOutSome() {}
        } catch let error as ClientError where error.code == .closed {
            // The next run publishes it; why the client ended is told by the client.
        }
    }

    /// Publishes the oldest of what is there; false when nothing is left, or what is left is refused for now.
    private func takeOutSome() async throws -> Bool {
        let entries = try await outbox.unpublished(atMost: Self.count)
        guard !entries.isEmpty else { return false }
        for entries in Self.runs(of: entries) {
            guard try await publish(entries) else { return false }
        }
        return true
    }

    /// Those that follow each other on one topic, which go together.
    private static func runs(of entries: [OutboxEntry]) -> [[OutboxEntry]] {
        var runs: [[OutboxEntry]] = []
        for entry in entries {
            if let last = runs.last?.last, last.draft.topic == entry.draft.topic {
                runs[runs.count - 1].append(entry)
            } else {
                runs.append([entry])
            }
        }
        return runs
    }

    /// Publishes messages of one topic; false when it is of no use to go on for now.
    private func publish(_ entries: [OutboxEntry]) async throws -> Bool {
        var refusals: [Int: ClientError] = [:]
        do {
            var batch = try MessageBatch(entries[0].draft.topic)
            for entry in entries { try batch.append(entry.draft) }
            for refusal in try await client.publish(batch).refusals { refusals[refusal.index] = refusal.error }
        } catch let error as ClientError where error.code == .badArgument || error.code.refusal != nil {
            // Nothing was sent, because of one of them.
            guard entries.count == 1 else {
                for entry in entries { guard try await publish([entry]) else { return false } }
                return true
            }
            refusals[0] = error
        }
        try await outbox.forget(entries.enumerated().filter { refusals[$0.offset] == nil }.map(\.element))
        var goesOn = true
        for (index, error) in refusals.sorted(by: { $0.key < $1.key }) {
            if error.code.isTemporary {
                goesOn = false
            } else {
                client.logger.error(
                    "a message of the outbox is set aside: \(error)",
                    metadata: ["topic": "\(entries[index].draft.topic)", "error.code": "\(error.code)"])
                try await outbox.setAside(entries[index], error)
            }
        }
        return goesOn
    }
}

extension Client {
    /// Publishes what handlers write into an outbox, until a graceful shutdown, until the client ends or until the task
    /// is cancelled.
    ///
    /// Each message is published at least once, also after a crash, in the order in which it was written as far as the
    /// broker takes them; by its id the broker recognises a repeat. What the broker refuses for now, such as with
    /// `full`, is tried again every second; what it will never take is set aside and logged.
    ///
    /// - Throws: what the outbox throws; `ClientError`, such as `unknown`; `CancellationError`. What was not confirmed
    ///   is published by the next run.
    public func publish(from outbox: some MessageOutbox) async throws {
        try await OutboxPublisher(client: self, outbox: outbox).run()
    }

    /// A service that publishes what handlers write into an outbox; all else is as in `publish(from:)`.
    public func publisher(of outbox: some MessageOutbox) -> ConsumerService {
        ConsumerService { [self] in try await publish(from: outbox) }
    }
}
