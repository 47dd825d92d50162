// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CrashKit

extension RealProcess {
    /// `martlet demo`, as people run it.
    struct DemoTests {
        private static let requests = 60

        /// Runs the command to its end, which it limits itself.
        private func demo(_ arguments: [String]) async throws -> (status: Int32, text: String) {
            let program = try BrokerProcess.executable()
            return try await onThread {
                let output = SpawnedProcess.pipe()
                let process = try SpawnedProcess(
                    program, ["demo", "--seed", "7", "--requests", "\(Self.requests)", "--plain"] + arguments,
                    output: output, errors: output)
                let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                return (try process.wait().number, text)
            }
        }

        /// The number behind a name in the table.
        private func count(_ name: String, in text: String) -> Int? {
            for line in text.split(separator: "\n") {
                let line = line.drop { $0 == " " }
                if line.hasPrefix(name + " ") { return line.split(separator: " ").last.flatMap { Int($0) } }
            }
            return nil
        }

        @Test func `the demonstration proves that every request is answered once, whatever is thrown at it`()
            async throws
        {
            let (status, text) = try await demo([])
            #expect(status == 0, "\(text)")
            #expect(text.contains("PROVED: 60 requests, 60 answered exactly once, 0 lost, 0 doubled"), "\(text)")
            #expect(count("answered exactly once", in: text) == Self.requests)
            #expect(count("restarts of the whole (kill -9)", in: text) == 2, "\(text)")
            for name in [
                "arrivals repeated under the same id", "arrivals repeated under another id",
                "arrivals delayed, passed by later ones", "model calls that failed",
                "model calls slower than a lease (1 s)", "requests that waited for a person",
                "workers killed (kill -9)", "workers frozen for longer than a lease", "connections cut",
                "repeats known by their id", "repeats known by the request's record",
                "repeated calls known by their idempotency key", "redeliveries",
                "leases lost by workers that went on", "decisions that came after another",
                "requests late, for which a colleague was called",
            ] {
                #expect(count(name, in: text) ?? 0 > 0, "\(name): \(text)")
            }
            let story = text.split(separator: "\n").drop { !$0.hasPrefix("The hardest life had request ") }
            #expect(story.contains { $0.hasPrefix("$ martlet why demo.requests.") }, "\(text)")
            #expect(
                story.contains("classify: handled") || story.contains { $0.hasPrefix("classify: handled ") }, "\(text)")
            #expect(story.contains { $0.hasPrefix("$ martlet tree ") }, "\(text)")
            #expect(story.contains { $0.hasPrefix("└─ ") && $0.hasSuffix("  [mail handled]") }, "\(text)")
        }

        @Test func `a straight-line script loses and doubles under the same plan`() async throws {
            let (status, text) = try await demo(["--linear"])
            #expect(status == 0, "\(text)")
            let outcomes = ["answered exactly once", "answered more than once", "lost"].map { count($0, in: text) ?? 0 }
            #expect(outcomes.allSatisfy { $0 > 0 } && outcomes.reduce(0, +) == Self.requests, "\(text)")
            #expect(count("restarts of the whole (kill -9)", in: text) == 2, "\(text)")
            for name in [
                "model calls that failed", "requests that waited for a person", "workers killed (kill -9)",
                "connections cut",
            ] {
                #expect(count(name, in: text) ?? 0 > 0, "\(name): \(text)")
            }
        }
    }
}
