// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A client that publishes as fast as its window of unanswered publishes lets it.
struct Publisher: Sendable {
    /// Bytes in which a body without an id has room to say whose it is.
    private static let unnamed = 48

    var port: Int
    var topics: [String]
    var window: Int
    /// Whether bodies are of all sizes, up to a megabyte, instead of small.
    var isMixed: Bool
    var seed: UInt64
    /// The most microseconds that it waits before it publishes more; 0 is not at all.
    var pause: UInt32 = 0
    /// Whether messages have ids; without one the body must say whose it is.
    var isNamed = true

    /// Publishes until the connection breaks.
    func run(_ history: History) throws(WireError) {
        let connection = try WireConnection(port: port)
        let number = history.nextConnection()
        let publisher = history.nextPublisher()
        var dice = Dice(seed: seed)
        var waiting: [MessageIdentity] = []
        var sequence = 0
        var isStopping = false
        while true {
            if pause > 0 { usleep(UInt32.random(in: 0...pause, using: &dice)) }
            while waiting.count < window, !isStopping {
                sequence += 1
                let identity = MessageIdentity(publisher: publisher, sequence: sequence)
                let topic = topics[sequence % topics.count]
                let body = MessageBody.make(identity, size: isNamed ? size(&dice) : size(&dice) + Self.unnamed)
                history.add(.sent(identity, topic: topic))
                connection.send("PUB \(topic) \(body.count)\(isNamed ? " id=\(identity)" : "")", body: body)
                waiting.append(identity)
            }
            do {
                try connection.flush()
            } catch {
                // What the broker said before it was killed counts.
                isStopping = true
            }
            var frame: WireFrame? = try connection.next()
            while let current = frame {
                try take(current, &waiting, number, history)
                frame = try connection.buffered()
            }
        }
    }

    private func take(
        _ frame: WireFrame, _ waiting: inout [MessageIdentity], _ connection: Int, _ history: History
    ) throws(WireError) {
        switch frame {
        case .reply(let line, _):
            let words = line.split(separator: " ")
            guard !waiting.isEmpty, words.count >= 2, let offset = Int(words[1]) else {
                throw .violation("'\(line)' in answer to PUB")
            }
            history.add(.confirmed(waiting.removeFirst(), offset: offset))
            history.answered(connection)
        case .refusal(let line):
            guard !waiting.isEmpty else { throw .violation("'\(line)'") }
            history.add(.refused(waiting.removeFirst()))
            throw .violation("'\(line)' in answer to PUB")
        case .goodbye: history.saidGoodbye(connection)
        case .message, .lost: throw .violation("a message to a publisher")
        }
    }

    private func size(_ dice: inout Dice) -> Int {
        guard isMixed else { return Int.random(in: 0...300, using: &dice) }
        switch Int.random(in: 0..<32, using: &dice) {
        case 0: return 1_000_000
        case 1...3: return Int.random(in: 90_000...110_000, using: &dice)
        case 4...8: return Int.random(in: 1_500...6_000, using: &dice)
        case 9: return 0
        default: return Int.random(in: 0...1_000, using: &dice)
        }
    }
}
