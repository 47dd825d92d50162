// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CrashKit

/// A broker on a small store with something of everything, and what it makes of damaged images of its files.
struct DamageAudit {
    /// What a broker made of an image.
    enum Verdict: Equatable {
        /// All is there.
        case harmless
        /// Something is not there, and it was said.
        case told
        /// It did not start, and said why.
        case refused
        /// It stopped, and said why.
        case stopped
        /// Something is wrong or not there, and nothing was said.
        case silent(String)
    }

    /// Messages of each topic and their sizes; those of the last ones are cut in pieces.
    private static let topics: [(messages: Int, size: Int)] = [(300, 150), (60, 3_000), (12, 20_000)]
    private static let records = 30
    /// A process that does not end by itself in so many seconds hangs.
    private static let patience = 20

    private let folder = DataFolder()
    /// The files as they were written, by their names.
    let whole: [String: [UInt8]]

    /// Fills a store.
    ///
    /// - Parameter isKilled: whether the broker is killed, so that the journal has what the data file lacks; else it is
    ///   stopped, and the data file has all.
    init(isKilled: Bool = false) throws {
        let broker = try BrokerProcess(folder: folder.path)
        try Self.fill(try WireConnection(port: broker.port))
        if isKilled {
            // The last record of a journal may be lost to damage; it is one that is not looked at.
            _ = try WireConnection(port: broker.port).request("SET spare k 1 version=any", body: [1])
            try broker.kill()
        } else {
            broker.terminate()
            _ = try broker.wait(seconds: Self.patience)
        }
        var files: [String: [UInt8]] = [:]
        for name in try Self.parts(of: folder.path) {
            files[name] = Array(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + name)))
        }
        whole = files
    }

    private static func parts(of folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0 == "data.mdb" || $0.hasPrefix("journal.") }
    }

    private static func fill(_ wire: WireConnection) throws {
        for (topic, (messages, size)) in topics.enumerated() {
            for sequence in 1...messages {
                let body = MessageBody.make(MessageIdentity(publisher: topic, sequence: sequence), size: size)
                _ = try wire.request("PUB t\(topic) \(body.count) id=\(topic)-\(sequence)", body: body)
                // A file that was worked on for a while has free pages.
                if sequence % 10 == 0 { _ = try wire.request("PUB gone 4", body: [1, 2, 3, 4]) }
            }
            _ = try wire.request("SUB \(topic + 1) t\(topic) g from=earliest window=100")
            var delivered = 0
            while delivered < 9 {
                if case .message(let message) = try wire.next(), message.consumer == topic + 1 { delivered += 1 }
            }
            for tag in 1...9 {
                _ = try wire.request(tag % 3 == 0 ? "NACK \(topic + 1) \(tag) delay=1h" : "ACK \(topic + 1) \(tag)")
            }
        }
        for record in 1...records {
            _ = try wire.request("SET s k\(record) 200 version=0", body: value(of: record))
        }
        _ = try wire.request("DELETE topic gone")
        _ = try wire.request("BYE")
    }

    private static func value(of record: Int) -> [UInt8] { (0..<200).map { UInt8(truncatingIfNeeded: $0 &* record) } }

    /// Starts a broker on an image, reads and writes, and stops it.
    func verdict(on image: DamagedImage) throws -> Verdict { try verdict(on: image.files) {} }

    /// The same on the whole store, whose data file is cut off while the broker has it open.
    func verdictOnCut() throws -> Verdict {
        try verdict(on: whole) { _ = truncate(folder.path + "/data.mdb", 8_192) }
    }

    /// The same on the files as they were written.
    func verdictOnWhole() throws -> Verdict { try verdict(on: whole) {} }

    private func verdict(on files: [String: [UInt8]], then change: () -> Void) throws -> Verdict {
        for name in try Self.parts(of: folder.path).map({ "/" + $0 }) + ["/lock.mdb", ".log"] {
            try? FileManager.default.removeItem(atPath: folder.path + name)
        }
        for (name, bytes) in files { try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/" + name)) }
        guard let broker = try start() else { return lastWords(of: .refused) }
        var found = Found()
        change()
        do {
            try Self.look(try WireConnection(port: broker.port), &found)
        } catch WireError.closed {
            // It stopped in the middle; what it had said until then must be right all the same.
        }
        broker.terminate()
        switch try broker.wait(seconds: Self.patience) {
        case .exit(0): return found.verdict
        case .exit(70):
            if let wrong = found.wrong { return .silent(wrong) }
            return lastWords(of: .stopped)
        case let end: return .silent("the broker ended with \(end): \(broker.complaint)")
        }
    }

    /// The broker, once it takes connections; nil when it refuses the file.
    private func start() throws -> BrokerProcess? {
        let broker = try BrokerProcess(spawning: folder.path)
        do {
            try broker.waitUntilUp()
            return broker
        } catch is ProcessFailure {
            guard try broker.wait(seconds: Self.patience) == .exit(70) else {
                throw ProcessFailure(description: "the broker did not exit with 70: \(broker.complaint)")
            }
            return nil
        }
    }

    /// The verdict, if the broker's last words are one line that is its own.
    private func lastWords(of verdict: Verdict) -> Verdict {
        let text = (try? String(contentsOfFile: folder.path + ".log", encoding: .utf8)) ?? ""
        // What it had logged before that is no last word.
        let lines = text.split(separator: "\n").filter { !$0.contains(" martlet: ") }
        let isClear = lines.count == 1 && lines.allSatisfy { $0.hasPrefix("martlet: ") }
        return isClear ? verdict : .silent("its last words were '\(text.prefix(600))'")
    }

    /// What was found on one image.
    private struct Found {
        var missing = 0
        var damaged = 0
        var refusals = 0
        var wrong: String?

        var verdict: Verdict {
            if let wrong { return .silent(wrong) }
            if missing > 0, damaged == 0, refusals == 0 { return .silent("\(missing) missing") }
            return missing > 0 || refusals > 0 || damaged > 0 ? .told : .harmless
        }
    }

    private static func look(_ wire: WireConnection, _ found: inout Found) throws {
        let info = String(decoding: try wire.request("INFO").data, as: UTF8.self)
        // One more is the broker's own, about the topic that nobody read.
        guard info.contains("\"topics\":\(topics.count + 1),") else {
            found.wrong = "it has other topics: \(info)"
            return
        }
        for (topic, (messages, _)) in topics.enumerated() {
            let reply = try wire.request("SUB \(topic + 1) t\(topic) audit\(topic) from=earliest window=1000").line
            if reply.hasPrefix("ERR") {
                found.refusals += 1
                continue
            }
            var read: Set<Int> = []
            while read.count < messages, let frame = try wire.next(timeout: 150) {
                guard case .message(let message) = frame, message.consumer == topic + 1 else { continue }
                guard message.identity == MessageIdentity(publisher: topic, sequence: message.offset) else {
                    found.wrong = "t\(topic) has a wrong message at offset \(message.offset)"
                    return
                }
                read.insert(message.offset)
            }
            found.missing += messages - read.count
            let body = MessageBody.make(MessageIdentity(publisher: topic, sequence: messages + 1), size: 150)
            _ = try wire.request("PUB t\(topic) \(body.count) id=\(topic)-\(messages + 1)", body: body)
        }
        for record in 1...records {
            let (line, data) = try wire.request("GET s k\(record)")
            if line.hasPrefix("ERR") {
                found.refusals += 1
            } else if data != value(of: record) {
                found.wrong = "record \(record) is gone or another one: \(line)"
            }
        }
        let text = String(decoding: try wire.request("INFO").data, as: UTF8.self)
        let digits = text.firstRange(of: "\"damaged\":").map { text[$0.upperBound...].prefix { $0.isNumber } }
        found.damaged = digits.flatMap { Int($0) } ?? 0
    }
}
