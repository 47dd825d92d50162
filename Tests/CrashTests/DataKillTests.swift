// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CrashKit

extension RealProcess {
    /// Data commands that are killed at any moment: there is the old store or the new one, never half of one.
    struct DataKillTests {
        private static let kills = 20
        private static let messages = 3_000

        /// A command, and what must be so each time that it was killed.
        private struct Job: Sendable {
            /// Its words, for a folder in which `all` is a backup, `all.jsonl` an export and `old` a store that a
            /// killed broker has left.
            var words: [String]
            /// What it makes, which is removed before each time but the last; empty when it works on `old`.
            var result = ""
            /// What must be so of what it has left.
            var check: @Sendable (DataKit) throws -> Void
        }

        private static let jobs: [String: Job] = [
            "restore": Job(words: ["restore", "all", "--data", "new"], result: "new", check: checkCopy),
            "import": Job(words: ["import", "all.jsonl", "--data", "new"], result: "new", check: checkCopy),
            "compact": Job(words: ["compact", "--data", "old"], check: checkOld),
            "backup": Job(words: ["backup", "--data", "old", "copy"], result: "copy", check: checkBackup),
            "export": Job(words: ["export", "--data", "old", "lines"], result: "lines", check: checkExport),
        ]

        @Test(arguments: ["restore", "import", "compact", "backup", "export"])
        func `a data command that is killed leaves what was there or what it makes, and nothing in its own way`(
            name: String
        ) async throws {
            let seed = RealProcess.anySeed()
            let kills = Wish.rounds ?? Self.kills
            let repeated = RealProcess.command("DataKillTests", seed: seed, rounds: kills)
            let job = try #require(Self.jobs[name])
            do {
                try await onThread { try Self.run(job, kills: kills, Dice(seed: seed)) }
            } catch {
                Issue.record("\(error)\nrepeat with: \(repeated)")
            }
        }

        private static func run(_ job: Job, kills: Int, _ dice: Dice) throws {
            var dice = dice
            let kit = try DataKit(messages: messages)
            try kit.copy("killed", to: "old")
            let begun = ContinuousClock.now
            try kit.expect(job.words, ends: 0)
            // Its end is where something gets its name.
            let time = Int((ContinuousClock.now - begun) / .microseconds(1))
            kit.remove(job.result)
            var cut = 0
            for number in 0..<kills {
                // Every other time it meets what the last one has left.
                if number.isMultiple(of: 2) { try kit.copy("killed", to: "old") }
                let moment = number.isMultiple(of: 2) ? 0...time : (time * 3 / 4)...(time * 5 / 4)
                if try kit.kill(job.words, after: Int.random(in: moment, using: &dice)) { cut += 1 }
                try job.check(kit)
                // What it makes is a folder or a file.
                if kit.isThere(job.result + "/data.mdb") || ["copy", "lines"].contains(job.result) {
                    kit.remove(job.result)
                }
            }
            guard cut > kills / 4 else {
                throw ProcessFailure(description: "most had ended before they were killed: \(cut) of \(kills)")
            }
            try kit.copy("killed", to: "old")
            try kit.expect(job.words, ends: 0)
            try job.check(kit)
            try kit.start("old")
        }

        /// A new folder has a whole store, or none; then that is said by all that are asked for it.
        private static func checkCopy(_ kit: DataKit) throws {
            if kit.isThere("new/data.mdb") {
                try kit.expectWhole("new")
                // With what is left beside it.
                try kit.start("new")
                #expect(kit.names("new") == ["data.mdb", "journal.0", "lock.mdb", "martlet.lock"])
            } else if kit.names("new").contains(where: { $0.hasSuffix(".new") }) {
                let commands = [["serve", "--port", "0", "--admin-port", "0"], ["verify"], ["backup", "other"]]
                for command in commands {
                    let complaint = try kit.expect(command + ["--data", "new"], ends: 70)
                    #expect(complaint.contains("a restore or import into 'new' was cut short"), "\(complaint)")
                    #expect(complaint.contains("run it again, or remove 'new/copy.new'"), "\(complaint)")
                }
            }
        }

        /// The store is what it was.
        private static func checkOld(_ kit: DataKit) throws {
            try kit.expectWhole("old")
            try kit.start("old")
            let others = kit.names("old").filter { !$0.hasPrefix("journal.") }
            #expect(others == ["data.mdb", "lock.mdb", "martlet.lock"])
        }

        /// A file that has its name is a whole backup.
        private static func checkBackup(_ kit: DataKit) throws {
            try kit.expectWhole("old")
            if kit.isThere("copy") {
                try kit.expect(["verify", "copy"], ends: 0)
                try check(kit, copiedBy: ["restore", "copy"])
            }
            if kit.isThere("copy.new") {
                let isWhole = try kit.run(["verify", "copy.new"]).status == 0
                let end = try kit.run(["restore", "copy.new", "--data", "half"])
                #expect(isWhole || end.status == 65, "\(end)")
                #expect(kit.isThere("half/data.mdb") == (end.status == 0))
                kit.remove("half")
            }
        }

        /// A file that has its name has all lines.
        private static func checkExport(_ kit: DataKit) throws {
            try kit.expectWhole("old")
            if kit.isThere("lines") { try check(kit, copiedBy: ["import", "lines"]) }
        }

        /// What a command makes of a file has everything.
        private static func check(_ kit: DataKit, copiedBy words: [String]) throws {
            try kit.expect(words + ["--data", "whole"], ends: 0)
            try kit.expectWhole("whole")
            try kit.start("whole")
            kit.remove("whole")
        }
    }
}
