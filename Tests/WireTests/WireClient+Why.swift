// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// When the manual clock of most tests begins, in Unix milliseconds.
let wireStart: UInt64 = 1_790_000_000_000

// What tests ask about the fate of messages in one line.
extension WireClient {
    /// Asks `WHY` and checks the verdict and what it rests on: each member of `evidence` must be there.
    @discardableResult
    func checkWhy(
        _ question: String, is verdict: String, _ evidence: [String: any Sendable] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [String: Any] {
        let answer = try object("WHY \(question)")
        #expect(answer["verdict"] as? String == verdict, "\(question): \(answer)", sourceLocation: sourceLocation)
        let found = answer["evidence"] as? [String: Any]
        #expect(found != nil, "\(question): \(answer)", sourceLocation: sourceLocation)
        check(found ?? [:], has: evidence, question, sourceLocation: sourceLocation)
        #expect((answer["next"] as? String)?.isEmpty == false, "\(question): \(answer)", sourceLocation: sourceLocation)
        return answer
    }

    /// Asks `WHY` until the verdict holds: for what time brings about.
    func waitForWhy(_ question: String, is verdict: String) throws {
        let end = Date.now.addingTimeInterval(10)
        while true {
            let answer = try object("WHY \(question)")
            if answer["verdict"] as? String == verdict { return }
            guard Date.now < end else { throw WireError.unexpected("WHY \(question): \(answer)") }
        }
    }

    /// Checks that an object has each of some members.
    func check(
        _ object: [String: Any], has members: [String: any Sendable], _ comment: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for (name, value) in members {
            let found = value is Bool ? (object[name] as? Bool).map { "\($0)" } : object[name].map { "\($0)" }
            #expect(found == "\(value)", "\(comment) \(name): \(object)", sourceLocation: sourceLocation)
        }
    }

    /// Checks numbers and words in the answer to a question.
    func check(
        _ question: String, has members: [String: any Sendable], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        check(try object(question), has: members, question, sourceLocation: sourceLocation)
    }

    /// The bodies of what the broker has said of itself on a topic of `$sys`, oldest first.
    func events(_ kind: String) throws -> [[String: Any]] {
        guard try ask("INFO topic $sys.\(kind)").hasPrefix("DATA ") else { return [] }
        return try objects("PEEK $sys.\(kind) 1 limit=1000").map { message in
            let body = try #require(message["body"] as? String)
            return try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        }
    }

    /// Waits until the broker has said so much about something of itself, and gives it.
    func waitForEvents(_ kind: String, count: Int) throws -> [[String: Any]] {
        let end = Date.now.addingTimeInterval(10)
        while true {
            let events = try events(kind)
            if events.count >= count { return events }
            guard Date.now < end else { throw WireError.unexpected("\(events.count) of $sys.\(kind): \(events)") }
        }
    }

    /// Takes the messages of these offsets, and checks that no other comes.
    @discardableResult
    func checkMessages(
        _ offsets: [UInt64], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [WireFrame] {
        let messages = try offsets.map { _ in try message() }
        #expect(messages.map(\.offset) == offsets, sourceLocation: sourceLocation)
        try checkQuiet(sourceLocation: sourceLocation)
        return messages
    }
}
