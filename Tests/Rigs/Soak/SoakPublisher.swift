// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CrashKit

/// Publishes with ids, now and then the same again, and waits for its confirms.
struct SoakPublisher: Sendable {
    private static let window = 16
    private static let pause: UInt32 = 20_000

    var port: Int
    var topic: String
    var seed: UInt64

    func run(_ book: SoakBook) throws {
        let connection = try WireConnection(port: port)
        var dice = Dice(seed: seed)
        var sequence = 0
        while !book.isStopping {
            var asked: [MessageIdentity] = []
            for _ in 0..<Int.random(in: 1...Self.window, using: &dice) {
                if sequence == 0 || !dice.one(in: 20) { sequence += 1 }
                let identity = MessageIdentity(publisher: Soak.publisher(of: topic), sequence: sequence)
                // By its number, so that a repeat has the same body.
                let body = MessageBody.make(identity, size: sequence % 50 == 0 ? 20_000 : 30 + sequence % 400)
                asked.append(identity)
                connection.send("PUB \(topic) \(body.count) id=\(identity)", body: body)
            }
            try connection.flush()
            for identity in asked {
                let reply = try connection.reply().line
                guard reply.hasPrefix("OK ") || reply.hasPrefix("DUP ") else {
                    throw WireError.violation("'\(reply)' to a publish")
                }
                book.confirmed(identity)
                book.count(reply.hasPrefix("DUP") ? "repeats" : "publishes")
            }
            usleep(UInt32.random(in: 0...Self.pause, using: &dice))
        }
    }
}
