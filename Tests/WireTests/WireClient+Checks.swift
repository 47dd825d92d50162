// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

// What tests say and check in one line.
extension WireClient {
    /// Sends a command and gives the line of its reply.
    func ask(_ line: String, _ data: String? = nil) throws -> String {
        try say(line, data)
        return try reply().line
    }

    /// Sends a command and checks the line of its reply.
    func check(
        _ line: String, _ data: String? = nil, is expected: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let reply = try ask(line, data)
        #expect(reply == expected, "\(line.prefix(80))", sourceLocation: sourceLocation)
    }

    /// Sends a command and checks the code of the error that it gets.
    func check(
        _ line: String, _ data: String? = nil, fails code: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let reply = try ask(line, data)
        #expect(reply.hasPrefix("ERR \(code) "), "\(line.prefix(80)) -> \(reply)", sourceLocation: sourceLocation)
    }

    /// Checks the line of the next push.
    func checkPush(_ expected: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let push = try push()
        #expect(push.line == expected, sourceLocation: sourceLocation)
    }

    /// Checks offset, attempt and body of the next message, and gives it.
    @discardableResult
    func checkMessage(
        offset: UInt64, attempt: UInt64 = 1, body: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> WireFrame {
        let message = try message()
        #expect(message.offset == offset, "\(message.line)", sourceLocation: sourceLocation)
        #expect(message.attempt == attempt, "\(message.line)", sourceLocation: sourceLocation)
        if let body { #expect(message.body == body, sourceLocation: sourceLocation) }
        return message
    }

    /// Checks that the broker has pushed nothing: what it had to say would have come before its `PONG`.
    func checkQuiet(sourceLocation: SourceLocation = #_sourceLocation) throws {
        try check("PING", is: "PONG", sourceLocation: sourceLocation)
        #expect(heldPushes == [], sourceLocation: sourceLocation)
    }

    /// Checks that the connection ends behind these lines.
    func checkEnd(_ lines: [String] = [], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let rest = try rest()
        #expect(rest == lines, sourceLocation: sourceLocation)
    }

    /// Checks that an error is the last that comes.
    func checkEnd(fails code: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let rest = try rest()
        #expect(rest.count == 1, "\(rest)", sourceLocation: sourceLocation)
        #expect(rest.last?.hasPrefix("ERR \(code) ") == true, "\(rest)", sourceLocation: sourceLocation)
    }

    /// Publishes bodies to a topic and checks that they are taken.
    func publish(_ topic: String, _ bodies: String..., sourceLocation: SourceLocation = #_sourceLocation) throws {
        for body in bodies {
            let reply = try ask("PUB \(topic) \(body.utf8.count)", body)
            #expect(reply.hasPrefix("OK "), "\(reply)", sourceLocation: sourceLocation)
        }
    }

    /// The object in the answer to a question.
    func object(_ line: String) throws -> [String: Any] {
        try #require(try json(line) as? [String: Any])
    }

    /// The objects in the answer to a question.
    func objects(_ line: String) throws -> [[String: Any]] {
        try #require(try json(line) as? [[String: Any]])
    }

    private func json(_ line: String) throws -> Any {
        try say(line)
        let reply = try reply()
        guard reply.line.hasPrefix("DATA ") else { throw WireError.unexpected(reply.line) }
        return try JSONSerialization.jsonObject(with: Data(reply.data))
    }

    /// Asks until the answer has a number at a name: for what another connection brings about in its own time.
    func wait(_ line: String, until name: String, is number: Int) throws {
        let end = Date.now.addingTimeInterval(60)
        while try object(line)[name] as? Int != number {
            guard Date.now < end else { throw WireError.timeout }
        }
    }
}
