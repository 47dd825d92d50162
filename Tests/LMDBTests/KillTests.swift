// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDB
import Testing

@testable import CrashKit

/// A process that is killed in the middle of a write transaction loses that transaction and nothing else.
///
/// The exit tests run their closures in processes of their own, which end themselves with a signal that nothing can
/// catch: no destructor runs, no lock is released, no file is closed.
struct KillTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func `after a kill the environment opens with all that was committed`() async throws {
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
            try Victim(path: path).dieWriting()
        }
        let environment = try folder.open()
        let table = try environment.withReadTransaction { try $0.table(named: "table") }
        #expect(try environment.text("a", in: table) == "committed")
        #expect(try environment.count(of: table) == 1)
        try environment.withWriteTransaction { try $0.put("b", "after", in: table) }
        #expect(try environment.text("b", in: table) == "after")
    }

    @Test func `a process that has the environment open takes the lock of a killed writer over`() async throws {
        let environment = try folder.open()
        let table = try environment.makeTable("table", ["a": "before"])
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
            try Victim(path: path).dieWriting()
        }
        #expect(try environment.text("a", in: table) == "committed")
        try environment.withWriteTransaction { try $0.put("b", "after", in: table) }
        #expect(try environment.count(of: table) == 2)
    }

    @Test func `checkReaders frees the slot of a killed reader`() async throws {
        let environment = try folder.open()
        _ = try environment.makeTable("table", ["a": "before"])
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
            try Victim(path: path).dieReading()
        }
        #expect(try environment.checkReaders() == 1)
        #expect(try environment.checkReaders() == 0)
    }

    @Test func `a copy of the file taken during a write transaction has what was committed before`() throws {
        let environment = try folder.open()
        let table = try environment.makeTable("table", ["a": "committed"])
        let copied = try TemporaryFolder()
        try environment.withWriteTransaction { transaction in
            for number in 0..<1_000 { try transaction.put("lost\(number)", size: 1_000, in: table) }
            // Copied by a child process, as closing a descriptor of the file in this one would drop its locks.
            let copy = try SpawnedProcess("/bin/cp", [folder.path + "/data.mdb", copied.path])
            #expect(try copy.wait() == .exit(0))
        }
        let restored = try copied.open()
        let restoredTable = try restored.withReadTransaction { try $0.table(named: "table") }
        #expect(try restored.count(of: restoredTable) == 1)
    }

    @Test func `closing an environment in use is a programming error`() async {
        await #expect(processExitsWith: .failure) { [path = folder.path as String] in
            let environment = try Environment(folder: path, options: EnvironmentOptions(mapSize: 1 << 20))
            try environment.withReadTransaction { _ in environment.close() }
        }
    }

    @Test func `using a closed environment is a programming error`() async {
        await #expect(processExitsWith: .failure) { [path = folder.path as String] in
            let environment = try Environment(folder: path, options: EnvironmentOptions(mapSize: 1 << 20))
            environment.close()
            try environment.sync()
        }
    }
}

/// What runs in the process that is killed.
private struct Victim {
    let environment: Environment
    let table: Table

    init(path: String) throws {
        environment = try Environment(folder: path, options: EnvironmentOptions(mapSize: 1 << 26))
        table = try environment.makeTable("table", ["a": "committed"])
    }

    func dieWriting() throws {
        try environment.withWriteTransaction { transaction in
            try transaction.put("a", "lost", in: table)
            for number in 0..<1_000 { try transaction.put("lost\(number)", size: 1_000, in: table) }
            kill(getpid(), SIGKILL)
        }
    }

    func dieReading() throws {
        try environment.withReadTransaction { _ in _ = kill(getpid(), SIGKILL) }
    }
}
