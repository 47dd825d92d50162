// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CrashKit

extension RealProcess {
    /// A kill while the journal has several segments with batches that the tree lacks.
    struct FullJournalTests {
        private static let topics = 200
        private static let window = 8
        private static let turns = 5
        private static let attempts = 5
        private static let segment = BrokerProcess.segments(of: 262_144)

        @Test func `behind a kill with a full journal all is there, and that is told`() async throws {
            try await onThread {
                // The tree may have had everything just then.
                for _ in 0..<Self.attempts {
                    let folder = DataFolder()
                    try Self.publish(folder)
                    let broker = try BrokerProcess(folder: folder.path, variables: Self.segment)
                    try Self.check(broker)
                    try broker.kill()
                    if broker.log.contains("what was confirmed last was taken from the journal") { return }
                }
                Issue.record("the tree had everything each time")
            }
        }

        /// Publishes to many topics in turns, so that each step is small and changes many pages, and kills the broker
        /// with its last confirm.
        private static func publish(_ folder: DataFolder) throws {
            let broker = try BrokerProcess(folder: folder.path, variables: segment)
            let client = try WireConnection(port: broker.port)
            let numbers = (1...turns).flatMap { turn in (0..<topics).map { (turn, $0) } }
            for first in stride(from: 0, to: numbers.count, by: window) {
                for (turn, topic) in numbers[first..<min(first + window, numbers.count)] {
                    let identity = MessageIdentity(publisher: topic, sequence: turn)
                    client.send("PUB t\(topic) 100 id=\(identity)", body: MessageBody.make(identity, size: 100))
                }
                try client.flush()
                for (turn, _) in numbers[first..<min(first + window, numbers.count)] {
                    let line = try client.reply().line
                    #expect(line.hasPrefix("OK \(turn)"), "\(line)")
                }
            }
            try broker.kill()
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(names.count { $0.hasPrefix("journal.") } > 1)
        }

        /// Each topic has its messages, in order.
        private static func check(_ broker: BrokerProcess) throws {
            let client = try WireConnection(port: broker.port)
            for topic in 0..<topics {
                let consumer = topic + 1
                client.send("SUB \(consumer) t\(topic) all from=earliest window=100")
                try client.flush()
                #expect(try client.reply().line.hasPrefix("OK created"))
                for turn in 1...turns {
                    guard case .message(let message) = try client.next() else {
                        Issue.record("no message \(turn) of t\(topic)")
                        return
                    }
                    #expect(message.identity == MessageIdentity(publisher: topic, sequence: turn))
                }
            }
        }
    }
}
