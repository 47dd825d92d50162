// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A step that is taken again and again by one client: take a message, count it in a record, publish what follows,
/// write its receipt, ack it, all in one transaction.
///
/// Behind a kill the record, both topics, the subscription and the outcome of the transaction have to tell one story.
struct Ledger: Sendable {
    let name: String
    /// Steps that were confirmed.
    private(set) var confirmed = 0
    /// Requests whose publishes were confirmed.
    private(set) var asked = 0
    /// Whether the commit of the next step was sent.
    private(set) var isUnknown = false
    private var dice: Dice

    init(name: String, seed: UInt64) {
        self.name = name
        dice = Dice(seed: seed)
    }

    private var requests: String { "ledger.in.\(name)" }
    private var entries: String { "ledger.out.\(name)" }

    private func transaction(_ number: Int) -> String { "tx-\(name)-\(number)" }

    private func body(_ number: Int) -> [UInt8] { Array("request \(number) of \(name)".utf8) }

    private func ask(_ number: Int, _ connection: WireConnection) throws(WireError) -> String {
        let body = body(number)
        let line = "PUB \(requests) \(body.count) id=in-\(number)"
        return try connection.request(line, body: body).line.replacing(" subs=0", with: "")
    }

    /// Goes on until the connection breaks.
    mutating func run(port: Int, note: Note<Ledger> = { _, _ in }) throws(WireError) {
        let connection = try WireConnection(port: port)
        while true { try step(connection, note) }
    }

    /// Takes one step.
    mutating func step(_ connection: WireConnection, _ note: Note<Ledger> = { _, _ in }) throws(WireError) {
        let number = confirmed + 1
        let reply = try ask(number, connection)
        guard reply == "OK \(number)" || reply == "DUP \(number)" else { throw .violation("'\(reply)' to \(number)") }
        asked = number
        note(self, connection)
        connection.send("SUB 1 \(requests) s window=1 from=earliest")
        try connection.flush()
        guard try connection.reply().line.hasPrefix("OK"), case .message(let message) = try connection.next(),
            message.offset == number
        else { throw .violation("not the message \(number) of \(name)") }
        // Records on both sides of a piece's end, so that a torn one would be seen.
        let value = Array("\(number) ".utf8) + [UInt8](repeating: 46, count: Int.random(in: 0...4_000, using: &dice))
        connection.send("BEGIN id=\(transaction(number))")
        connection.send("ACK 1 \(message.tag)")
        connection.send("PUB \(entries) 1 id=out-\(number)", body: [46])
        connection.send("SET ledger \(name) \(value.count) version=\(number - 1)", body: value)
        connection.send("RECEIPT 1 in-\(number) done")
        connection.send("COMMIT")
        isUnknown = true
        note(self, connection)
        try connection.flush()
        var line = ""
        for _ in 0..<6 { line = try connection.reply().line }
        guard line == "OK 4 offsets=\(number)" else { throw .violation("'\(line)' to the transaction \(number)") }
        confirmed = number
        isUnknown = false
        note(self, connection)
        _ = try connection.request("UNSUB 1")
    }

    // MARK: - After the restart

    /// Holds what the broker says against what was confirmed, and goes on from there.
    mutating func verify(port: Int) throws {
        let connection = try WireConnection(port: port)
        let record = try connection.request("GET ledger \(name)")
        let version = record.line == "NIL" ? 0 : try number("version", in: record.line)
        let text = String(decoding: record.data.prefix { $0 != 0x20 }, as: UTF8.self)
        try require(version == 0 || text == "\(version)", "the record of version \(version) holds \(text)")
        try require(
            version == confirmed || isUnknown && version == confirmed + 1,
            "\(version) steps were taken, \(confirmed) were confirmed\(isUnknown ? ", one is unknown" : "")")
        let outcome = try connection.request("OUTCOME \(transaction(confirmed + 1))").line
        try require(
            outcome == (version == confirmed ? "OK unknown" : "OK committed"), "the outcome is '\(outcome)'")
        try require(try count(entries, connection) == version, "not as many entries as steps")
        try require(try floor(connection) == version, "not as many acks as steps")
        try checkVerdicts(version, connection)
        if version > 0 {
            let repeated = try ask(version, connection)
            try require(repeated == "DUP \(version)", "a repeat is answered '\(repeated)'")
            let again = try connection.request("BEGIN id=\(transaction(version))").line
            try require(again.hasPrefix("ERR exists "), "a committed transaction begins again: '\(again)'")
            _ = try connection.request("ABORT")
        }
        confirmed = version
        isUnknown = false
    }

    /// What the broker says of messages may not contradict what was confirmed.
    private func checkVerdicts(_ taken: Int, _ connection: WireConnection) throws {
        for number in Set([1, (taken + 1) / 2, taken]).sorted() where number <= taken && number > 0 {
            let step = try verdicts("\(requests) \(number)", connection)
            try require(step == ["handled"], "the request of step \(number), which was taken, is \(step)")
            // Entries have no subscription.
            let entry = try verdicts("\(entries) id:out-\(number)", connection)
            try require(entry == ["waiting"], "the entry of step \(number), which was taken, is \(entry)")
        }
        guard asked > taken else { return }
        let next = try verdicts("\(requests) \(asked)", connection)
        try require(next == ["waiting"], "the request \(asked), which was confirmed and not taken, is \(next)")
    }

    private struct Explanation: Decodable {
        var verdict: String
    }

    /// The verdicts about a message, one for each subscription.
    private func verdicts(_ message: String, _ connection: WireConnection) throws -> [String] {
        let reply = try connection.request("WHY \(message)")
        guard reply.line.hasPrefix("DATA ") else { return [reply.line] }
        return try JSONDecoder().decode([Explanation].self, from: Data(reply.data)).map(\.verdict)
    }

    private func require(_ condition: Bool, _ complaint: String) throws {
        guard condition else { throw ProcessFailure(description: "\(name): \(complaint)") }
    }

    private func number(_ option: String, in line: String) throws(WireError) -> Int {
        guard let field = line.split(separator: " ").first(where: { $0.hasPrefix("\(option)=") }),
            let number = Int(field.dropFirst(option.count + 1))
        else { throw .violation("'\(line)'") }
        return number
    }

    private func count(_ topic: String, _ connection: WireConnection) throws -> Int {
        let reply = try connection.request("INFO topic \(topic)")
        guard !reply.line.hasPrefix("ERR unknown-topic") else { return 0 }
        return try JSONDecoder().decode(Drain.TopicCounts.self, from: Data(reply.data)).messages
    }

    private struct Floor: Decodable {
        var floor: Int
    }

    private func floor(_ connection: WireConnection) throws -> Int {
        let reply = try connection.request("INFO subscription \(requests) s")
        guard !reply.line.hasPrefix("ERR unknown-") else { return 0 }
        return try JSONDecoder().decode(Floor.self, from: Data(reply.data)).floor
    }
}
