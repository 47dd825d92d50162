// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CrashKit

/// Tells of any moment of a recording what a client knew at it, and holds a broker against that.
protocol Witness: Sendable {
    /// Throws when the broker knows less, or something else, than the client knew at a moment.
    func verify(at time: UInt64, _ history: TraceHistory, port: Int) throws
}

/// A client that can hold a broker against what it knows.
protocol Verifier: Sendable {
    mutating func verify(port: Int) throws
}

extension Ledger: Verifier {}
extension RecordKeeper: Verifier {}
extension Churn: Verifier {
    mutating func verify(port: Int) throws {
        self = try verified(port: port, seed: 0)
    }
}

/// A client with a notebook.
struct Witnessed<Client: Verifier>: Witness {
    private let client: Client
    private let notebook = Notebook<Client>()

    init(_ client: Client) {
        self.client = client
    }

    /// Lets the client run on a thread of its own until its connection breaks.
    func start(
        _ group: DispatchGroup, _ history: History,
        _ body: @escaping @Sendable (inout Client, @escaping Note<Client>) throws(WireError) -> Void
    ) -> Self {
        group.enter()
        Thread {
            var running = client
            do {
                try body(&running) { notebook.add($0, $1) }
            } catch WireError.closed {
                // The broker is gone, as it should be.
            } catch {
                history.add(problem: "\(error)")
            }
            group.leave()
        }.start()
        return self
    }

    func verify(at time: UInt64, _ history: TraceHistory, port: Int) throws {
        guard var client = notebook.client(at: time, history) else { return }
        try client.verify(port: port)
    }
}
