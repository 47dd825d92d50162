// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A store `data`, a backup `all` and an export `all.jsonl` of it, for the data commands.
///
/// And `killed`: the same store as a killed broker has left it, with what it confirmed last in the journal alone.
final class DataKit {
    /// How a command ended, and what it wrote.
    struct End {
        var status: Int32
        var output: String
        var complaint: String
    }

    private let folder = DataFolder()
    private let messages: Int

    /// Makes them, with so many messages of 1,000 bytes.
    init(messages: Int) throws {
        self.messages = messages
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        let broker = try BrokerProcess(folder: path("data"))
        let client = try WireConnection(port: broker.port)
        _ = try client.request("CREATE subscription orders main from=earliest")
        let body = [UInt8](repeating: 98, count: 1_000)
        for first in stride(from: 0, to: messages, by: 500) {
            let count = min(500, messages - first)
            for _ in 0..<count { client.send("PUB orders 1000", body: body) }
            try client.flush()
            for _ in 0..<count { _ = try client.next() }
        }
        try broker.kill()
        try leaveInJournal()
        try copy("data", to: "killed")
        try expect(["backup", "--data", "data", "all"], ends: 0)
        try expect(["export", "--data", "data", "all.jsonl"], ends: 0)
    }

    /// Has a record confirmed, and kills the broker before it writes that to the tree.
    private func leaveInJournal() throws {
        for _ in 0..<50 {
            let broker = try BrokerProcess(folder: path("data"))
            let client = try WireConnection(port: broker.port)
            let line = try client.request("SET s k 5 version=any", body: Array("value".utf8)).line
            try broker.kill()
            guard line.hasPrefix("OK") else { throw ProcessFailure(description: "the broker says \(line)") }
            let end = try run(["verify", "--json", "--data", "data"])
            if end.status == 0, !end.output.contains("\"journalBatches\":0,") { return }
        }
        throw ProcessFailure(description: "no broker was killed before it had written its tree")
    }

    func path(_ name: String) -> String { folder.path + "/" + name }

    func isThere(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    func names(_ name: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path(name))) ?? []).sorted()
    }

    func copy(_ name: String, to other: String) throws {
        remove(other)
        try FileManager.default.copyItem(atPath: path(name), toPath: path(other))
    }

    func remove(_ name: String) {
        if !name.isEmpty { try? FileManager.default.removeItem(atPath: path(name)) }
    }

    // MARK: - Commands

    private func start(
        _ words: [String], _ output: Pipe? = nil, _ errors: Pipe? = nil, isSilent: Bool = false
    ) throws -> SpawnedProcess {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MARTLET_") }
        environment["SWIFT_BACKTRACE"] = "enable=no"
        return try SpawnedProcess(
            try BrokerProcess.executable(), words, environment: environment, folder: folder.path, output: output,
            errors: errors, isSilent: isSilent)
    }

    /// Runs a command to its end.
    func run(_ words: [String]) throws -> End {
        let (output, errors) = (SpawnedProcess.pipe(), SpawnedProcess.pipe())
        let process = try start(words, output, errors)
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        let complaint = try errors.fileHandleForReading.readToEnd() ?? Data()
        return End(
            status: try process.wait().number, output: String(decoding: text, as: UTF8.self),
            complaint: String(decoding: complaint, as: UTF8.self))
    }

    /// Runs a command that must end so.
    ///
    /// - Returns: what it complained of.
    @discardableResult
    func expect(_ words: [String], ends status: Int32) throws -> String {
        let end = try run(words)
        guard end.status == status else {
            throw ProcessFailure(description: "\(words) ended with \(end.status): \(end.output)\(end.complaint)")
        }
        return end.complaint
    }

    /// Kills a command after so many microseconds.
    ///
    /// - Returns: whether it was still running.
    func kill(_ words: [String], after microseconds: Int) throws -> Bool {
        let process = try start(words, isSilent: true)
        usleep(UInt32(microseconds))
        Foundation.kill(process.identifier, SIGKILL)
        return try process.wait() == .signal(SIGKILL)
    }

    /// Checks that a store has all messages, and that nothing in it is damaged.
    func expectWhole(_ name: String) throws {
        let end = try run(["verify", "--json", "--data", name])
        guard end.status == 0, end.output.contains("\"messages\":\(messages),") else {
            throw ProcessFailure(description: "'\(name)' is not whole: \(end.output)\(end.complaint)")
        }
    }

    /// Starts a broker on a store, and asks it for the last message and the record.
    func start(_ name: String) throws {
        let broker = try BrokerProcess(folder: path(name))
        let client = try WireConnection(port: broker.port)
        let (line, data) = try client.request("PEEK orders \(messages)")
        let record = try client.request("GET s k")
        try broker.kill()
        guard record.data == Array("value".utf8) else {
            throw ProcessFailure(description: "the broker on '\(name)' says of the record \(record.line)")
        }
        guard line.hasPrefix("DATA "), data.count > 1_000 else {
            throw ProcessFailure(description: "the broker on '\(name)' says \(line)")
        }
    }
}
