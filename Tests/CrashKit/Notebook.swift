// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock

/// What a client knew, by how many replies it had: so what it knew at any moment of a trace can be told.
final class Notebook<Client: Sendable>: Sendable {
    private struct Note {
        var port: Int
        var replies: Int
        var client: Client
    }

    private let notes = Lock<[Note]>([])

    func add(_ client: Client, _ connection: WireConnection) {
        add(client, port: connection.localPort, replies: connection.replies)
    }

    func add(_ client: Client, port: Int, replies: Int) {
        notes.withLock { $0.append(Note(port: port, replies: replies, client: client)) }
    }

    /// What it could know at a moment; nil before its first note.
    ///
    /// A question that it sent when it had those replies counts as sent.
    func client(at time: UInt64, _ history: TraceHistory) -> Client? {
        notes.withLock { notes in
            var left: [Int: Int] = [:]
            for port in Set(notes.map(\.port)) {
                left[port] = history.replies[port]?.prefix { $0 <= time }.count ?? 0
            }
            return notes.last { $0.replies <= left[$0.port] ?? 0 }?.client
        }
    }
}
