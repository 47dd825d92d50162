// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import MartletModel

/// One thing that can be asked: how, what for, and what does it.
struct Route: Sendable {
    /// Who may ask.
    enum Access: Sendable {
        /// Anybody, for those who watch over the process.
        case anybody
        /// Users, where there are some.
        case users
    }

    /// The method.
    let method: HTTPRequest.Method
    /// The path, with `{name}` for what differs.
    let path: String
    /// What it is for, in a sentence.
    let summary: String
    /// Who may ask.
    let access: Access
    /// What the query may say.
    let query: [Field]
    /// What the body may say.
    let body: [Field]
    /// What is answered.
    let answer: AnswerSchema
    /// The media type of the answer.
    let type: String
    /// Does it.
    let run: @Sendable (Call) async throws -> AdminAnswer

    /// A route that does something of its own.
    init(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, access: Access = .users, query: [Field] = [],
        body: [Field] = [], answer: AnswerSchema, type: String = "application/json",
        run: @escaping @Sendable (Call) async throws -> AdminAnswer
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.access = access
        self.query = query
        self.body = body
        self.answer = answer
        self.type = type
        self.run = run
    }

    /// A route that asks the broker what a line of the protocol would.
    ///
    /// - Parameters:
    ///   - line: the line, with `{name}` for fields of path, query and body; the others become its options.
    ///   - count: what a number in the answer stands for.
    init(
        _ method: HTTPRequest.Method, _ path: String, _ line: String, _ summary: String, query: [Field] = [],
        body: [Field] = [], answer: AnswerSchema = .ok, count: StaticString = "count"
    ) {
        self.init(method, path, summary, query: query, body: body, answer: answer) { call in
            var values = try call.values(of: query, from: .query)
            values.merge(try call.values(of: body, from: .body)) { $1 }
            return AdminAnswer(try await call.ask(Self.line(line, call, &values, query + body)), count: count)
        }
    }

    /// Puts the fields of a request into a line.
    static func line(
        _ template: String, _ call: Call, _ values: inout [String: WireValue], _ fields: [Field]
    ) throws(Refusal) -> WireLine {
        let words = template.prefix { $0 != "{" }
        // What stands right before a brace belongs to the field behind it.
        let end = words.lastIndex(of: " ")
        var line = WireLine(String(template.contains("{") ? words[..<(end ?? words.endIndex)] : words))
        let rest = template.contains("{") ? template[(end ?? template.startIndex)...] : ""
        for word in rest.split(separator: " ") {
            guard let open = word.firstIndex(of: "{") else {
                line.add(Array(word.utf8))
                continue
            }
            let name = String(word[word.index(after: open)...].dropLast())
            guard let value = call.path[name] ?? values.removeValue(forKey: name)?.bytes else {
                throw Refusal(.badArgument, "\(name): it is missing")
            }
            line.add(value, after: String(word[..<open]))
        }
        for field in fields {
            if let value = values[field.name] { line.add(option: field.wireName, value) }
        }
        return line
    }

    /// The method as a word.
    var verb: String { method.rawValue }

    /// The parts of the path.
    var parts: [Substring] { path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) }

    /// What the parts of a path stand for; nil when the route is at another path.
    func fields(of path: [Substring]) throws(Refusal) -> [String: [UInt8]]? {
        let parts = parts
        guard parts.count == path.count else { return nil }
        var fields: [String: [UInt8]] = [:]
        for (part, given) in zip(parts, path) {
            guard part.hasPrefix("{") else {
                if part != given { return nil }
                continue
            }
            guard let bytes = PercentText.bytes(given), !bytes.isEmpty else {
                throw Refusal(.badArgument, "\(part.dropFirst().dropLast()): it is empty, or badly escaped")
            }
            fields[String(part.dropFirst().dropLast())] = bytes
        }
        return fields
    }
}
