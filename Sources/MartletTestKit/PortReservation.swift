// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock

/// Ports that belong to brokers of this process, also while those are stopped.
enum PortReservation {
    // The system gives the ports from 32,768 on to processes that ask for any; one of those could be taken meanwhile.
    private static let range = 12_000..<32_000
    private static let taken = Lock<Set<Int>>([])

    /// Takes a port that no other broker of this process has.
    static func next() -> Int {
        taken.withLock { taken in
            var port = Int.random(in: range)
            while !taken.insert(port).inserted { port = range.contains(port + 1) ? port + 1 : range.lowerBound }
            return port
        }
    }

    /// Gives a port back.
    static func release(_ port: Int) {
        taken.withLock { _ = $0.remove(port) }
    }
}
