// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletLock

/// Takes what a client knows whenever that changes, and the connection on which it learned it.
typealias Note<Client> = @Sendable (Client, WireConnection) -> Void

/// Clients that each run on a thread of their own until the broker is killed under them.
struct Victims<Client: Sendable>: Sendable {
    var clients: [Client]

    /// Lets them run for so many microseconds, kills the broker and waits for their ends.
    ///
    /// - Throws: what any of them throws but the loss of the connection.
    mutating func run(
        _ broker: BrokerProcess, microseconds: UInt32,
        _ body: @escaping @Sendable (inout Client, _ port: Int) throws(WireError) -> Void
    ) throws {
        let port = broker.port
        let ends = Lock<[Int: Swift.Result<Client, any Error>]>([:])
        let group = DispatchGroup()
        for (index, client) in clients.enumerated() {
            group.enter()
            Thread {
                var client = client
                let result = Swift.Result { () throws -> Client in
                    do {
                        try body(&client, port)
                    } catch WireError.closed {
                        // The broker is gone, as it should be.
                    }
                    return client
                }
                ends.withLock { $0[index] = result }
                group.leave()
            }.start()
        }
        usleep(microseconds)
        try broker.kill()
        group.wait()
        clients = try ends.withLock { $0 }.sorted { $0.key < $1.key }.map { try $0.value.get() }
    }
}
