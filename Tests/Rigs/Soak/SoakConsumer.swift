// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CrashKit

/// Settles in every way, lets leases run out, and comes and goes, with its session and without.
final class SoakConsumer {
    private static let window = 64

    private let port: Int
    private let subscription: SubscriptionName
    private let book: SoakBook
    private var dice: Dice
    private var held: [Int: MessageIdentity] = [:]
    private var asked: [[MessageIdentity]?] = []
    private var session: String?

    init(port: Int, subscription: SubscriptionName, seed: UInt64, book: SoakBook) {
        self.port = port
        self.subscription = subscription
        self.book = book
        dice = Dice(seed: seed)
    }

    func run(until isOver: () -> Bool) throws {
        while !isOver() {
            let connection = try WireConnection(port: port, session: session)
            book.count(session == nil ? "connections" : "resumed sessions")
            try attach(connection)
            var turns = Int.random(in: 20...400, using: &dice)
            while !isOver(), turns > 0 || book.isDraining {
                turns -= 1
                guard let frame = try connection.next(timeout: 100) else { continue }
                try take(frame, connection)
                while let frame = try connection.buffered() { try take(frame, connection) }
                try connection.flush()
            }
            // With its session it takes up what it holds; without, that is given back.
            session = dice.one(in: 2) ? connection.session : nil
            if session == nil { _ = try connection.request("BYE") }
        }
    }

    private func attach(_ connection: WireConnection) throws {
        let names = "\(subscription.topic) \(subscription.name)"
        asked.removeAll()
        let reply = try connection.request("SUB 1 \(names) window=\(Self.window) grace=2s")
        guard reply.line.hasPrefix("OK") else { throw WireError.violation("'\(reply.line)' to SUB \(names)") }
        let word = reply.line.split(separator: " ").first { $0.hasPrefix("resumed=") }
        let resumed = word.map { CommandReader.tags(String($0.dropFirst("resumed=".count))) } ?? []
        held = held.filter { resumed.contains($0.key) }
        for tag in resumed {
            // What was on its way when the connection ended it does not know.
            if held[tag] == nil {
                send("RELEASE 1 \(tag)", [], connection)
            } else {
                send("ACK 1 \(tag)", [tag], connection, isFinal: true)
            }
        }
        try connection.flush()
    }

    private func take(_ frame: WireFrame, _ connection: WireConnection) throws {
        switch frame {
        case .message(let message):
            book.delivered(message.identity, to: subscription)
            book.count("deliveries")
            guard let identity = message.identity else { return }
            held[message.tag] = identity
            settle(message, connection)
        case .reply(let line, _):
            guard !asked.isEmpty else { throw WireError.violation("'\(line)' in answer to nothing") }
            guard let settled = asked.removeFirst() else { return }
            if !line.contains("lost=") { book.settled(settled, on: subscription) }
        case .refusal(let line): throw WireError.violation("'\(line)' on \(subscription)")
        case .goodbye: throw WireError.violation("BYE on \(subscription)")
        case .lost(let line):
            let words = line.split(separator: " ")
            for tag in words.count > 2 ? CommandReader.tags(String(words[2])) : [] { held[tag] = nil }
            book.count("leases lost")
        }
    }

    private func settle(_ message: WireMessage, _ connection: WireConnection) {
        let tag = message.tag
        switch book.isDraining ? 99 : Int.random(in: 0..<100, using: &dice) {
        case 0..<4: send("NACK 1 \(tag) delay=\(Int.random(in: 1...300, using: &dice))ms code=later", [tag], connection)
        case 4..<7: send("RELEASE 1 \(tag)\(dice.one(in: 2) ? " delay=20ms" : "")", [tag], connection)
        case 7: send("REJECT 1 \(tag) code=wrong", [tag], connection, isFinal: true)
        case 8:
            send("RECEIPT 1 \(message.identity?.description ?? "") done", [], connection)
            send("ACK 1 \(tag)", [tag], connection, isFinal: true)
        case 9: send("TOUCH 1 \(tag) for=1s", [], connection)
        case 10, 11: book.count("kept until the lease ran out")
        default: send("ACK 1 \(tag)", [tag], connection, isFinal: true)
        }
    }

    /// Asks; with `isFinal` nothing of these messages may come again once that is confirmed.
    private func send(_ line: String, _ tags: [Int], _ connection: WireConnection, isFinal: Bool = false) {
        connection.send(line)
        asked.append(isFinal ? tags.compactMap { held[$0] } : nil)
        for tag in tags { held[tag] = nil }
    }
}
