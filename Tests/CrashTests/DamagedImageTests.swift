// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CrashKit

extension RealProcess {
    /// A broker on damaged files hands out nothing wrong, does not take it for an empty one, and never just hangs.
    struct DamagedImageTests {
        /// Of the journal everything but its end: what it would have to hold there cannot be known.
        @Test(arguments: ["data.mdb", "journal.0"])
        func `damage is harmless, told, refused or ends the broker with one line`(file: String) async throws {
            let environment = ProcessInfo.processInfo.environment
            let count = environment["MARTLET_DAMAGE_IMAGES"].flatMap { Int($0) } ?? 40
            let seed = environment["MARTLET_DAMAGE_SEED"].flatMap { UInt64($0) } ?? 5
            let (problems, figures) = try await onThread { try Self.run(count, file, seed: seed) }
            #expect(
                problems.isEmpty,
                """
                \(problems.joined(separator: "\n")); repeat with MARTLET_DAMAGE_SEED=\(seed) \
                MARTLET_DAMAGE_IMAGES=\(count) swift test --filter DamagedImageTests
                """)
            if count > 40 { print("images: \(figures)") }
        }

        @Test func `a file that is cut off while the broker runs ends it with one line`() async throws {
            let verdict = try await onThread { try DamageAudit().verdictOnCut() }
            #expect(verdict == .stopped)
        }

        @Test func `a file without damage is harmless`() async throws {
            let verdict = try await onThread { try DamageAudit().verdictOnWhole() }
            #expect(verdict == .harmless)
        }

        @Test func `what a kill has left in the journal is taken from it`() async throws {
            let verdict = try await onThread { try DamageAudit(isKilled: true).verdictOnWhole() }
            #expect(verdict == .harmless)
        }

        private static func run(_ count: Int, _ file: String, seed: UInt64) throws -> ([String], String) {
            let audit = try DamageAudit(isKilled: file != "data.mdb")
            var problems: [String] = []
            var figures: [String: Int] = [:]
            for number in 0..<count {
                let image = DamagedImage(audit.whole, file, seed: seed &* 1_000_003 &+ UInt64(number))
                do {
                    let verdict = try audit.verdict(on: image)
                    if case .silent(let what) = verdict { problems.append("image \(number), \(image.damage): \(what)") }
                    figures["\(verdict)".split(separator: "(").first.map(String.init) ?? "", default: 0] += 1
                } catch {
                    problems.append("image \(number), \(image.damage): \(error)")
                    figures["error", default: 0] += 1
                }
            }
            return (
                problems, figures.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            )
        }
    }
}
