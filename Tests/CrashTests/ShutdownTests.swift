// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CrashKit

extension RealProcess {
    /// `SIGTERM` is an orderly end, whatever is going on.
    struct ShutdownTests {
        /// The broker's own grace and a margin; it turns a hang into a failure and measures nothing.
        private static let patience = 60

        @Test func `SIGTERM under load exits with 0 and keeps what was confirmed`() async throws {
            let seed = RealProcess.anySeed()
            let campaign = Campaign(seed: seed, rounds: 3) { broker in
                broker.terminate()
                let end = try broker.wait(seconds: Self.patience)
                guard end == .exit(0) else {
                    throw ProcessFailure(description: "SIGTERM ended the broker with \(end): \(broker.complaint)")
                }
            }
            let outcome = try await onThread { try campaign.run() }
            let complaint = outcome.complaint(
                repeatedBy: RealProcess.command("ShutdownTests", seed: seed, rounds: 3))
            #expect(complaint.isEmpty, "\(complaint)")
        }

        @Test func `SIGTERM under load says BYE to every connection`() async throws {
            let seed = RealProcess.anySeed()
            let (left, problems) = try await onThread { () -> (Set<Int>, [String]) in
                let folder = DataFolder()
                let history = History()
                let broker = try BrokerProcess(folder: folder.path)
                try Load.prepare(port: broker.port)
                let load = Load(port: broker.port, epoch: 0, seed: seed, history: history)
                usleep(200_000)
                broker.terminate()
                _ = try broker.wait(seconds: Self.patience)
                load.wait()
                return (history.withoutGoodbye, history.problems)
            }
            #expect(problems.isEmpty)
            #expect(left.isEmpty, "connections \(left.sorted()) got no BYE; seed \(seed)")
        }

        @Test func `BYE comes behind deliveries that the consumer had not read when SIGTERM came`() async throws {
            let (idle, busy, end) = try await onThread { try Self.stopBeforeReading() }
            #expect(idle, "the idle connection got no BYE")
            #expect(busy, "the consumer's connection was cut")
            #expect(end == .exit(0))
        }

        /// Whether an idle connection and one with unread deliveries got `BYE`, and how the broker ended.
        private static func stopBeforeReading() throws -> (idle: Bool, busy: Bool, end: ProcessEnd) {
            let folder = DataFolder()
            let broker = try BrokerProcess(folder: folder.path)
            let control = try WireConnection(port: broker.port)
            // More than the sockets of both sides hold.
            for sequence in 1...16 {
                let identity = MessageIdentity(publisher: 1, sequence: sequence)
                let body = MessageBody.make(identity, size: 1_000_000)
                _ = try control.request("PUB orders \(body.count) id=\(identity)", body: body)
            }
            let consumer = try WireConnection(port: broker.port, receiveBuffer: 32_768)
            _ = try consumer.request("SUB 1 orders main from=earliest")
            // When the first delivery has come, others are on their way; they are read when the broker has been told.
            guard case .message = try consumer.next() else { throw ProcessFailure(description: "no delivery") }
            broker.terminate()
            let idle = control.readsGoodbye()
            let busy = consumer.readsGoodbye()
            return (idle, busy, try broker.wait(seconds: patience))
        }

        @Test func `a second process on the folder refuses by name while the first goes on`() async throws {
            try await onThread {
                let folder = DataFolder()
                let first = try BrokerProcess(folder: folder.path)
                let connection = try WireConnection(port: first.port)
                let second = try BrokerProcess(spawning: folder.path)
                let end = try second.wait(seconds: Self.patience)
                #expect(end == .exit(70), "it ended with \(end)")
                #expect(second.complaint.contains("'\(folder.path)' is in use"), "\(second.complaint)")
                #expect(try connection.request("PUB orders 2", body: Array("hi".utf8)).line.hasPrefix("OK 1"))
                try first.kill()
            }
        }
    }
}

extension WireConnection {
    /// Reads on until `BYE`; false when the connection ends before it.
    fileprivate func readsGoodbye() -> Bool {
        while let frame = try? next() {
            if case .goodbye = frame { return true }
        }
        return false
    }
}
