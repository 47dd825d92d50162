// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
import NIOCore

/// Connections whose users are not known yet, on all event loops: few at one time, and fewer from one address.
///
/// They are counted while there are users; without users there is nothing to guess.
final class PendingConnections: Sendable {
    /// Where connections come from, as far as they are counted together.
    ///
    /// Who has one address of IPv6 has a whole network of them.
    struct Origin: Hashable, Sendable {
        private let bytes: [UInt8]

        init(_ address: SocketAddress?) {
            bytes = Array((address?.ipBytes ?? []).prefix(8))
        }
    }

    /// Which limit was reached.
    enum Limit: Equatable, Sendable {
        /// That of one address.
        case ofAddress(Int)
        /// That of all together.
        case ofAll(Int)
    }

    private struct Counts {
        var total = 0
        var origins: [Origin: Int] = [:]
    }

    private let counts = Lock(Counts())
    private let limit: Int
    private let limitOfAddress: Int

    init(_ configuration: ServerConfiguration) {
        limit = configuration.maxUnauthenticated
        limitOfAddress = configuration.maxUnauthenticatedPerAddress
    }

    /// Counts one more; gives the limit that stands against it.
    func enter(_ origin: Origin) -> Limit? {
        counts.withLock { counts in
            guard counts.total < limit else { return .ofAll(limit) }
            let known = counts.origins[origin, default: 0]
            guard known < limitOfAddress else { return .ofAddress(limitOfAddress) }
            counts.total += 1
            counts.origins[origin] = known + 1
            return nil
        }
    }

    /// Counts one less: it is gone, or its user is known.
    func leave(_ origin: Origin) {
        counts.withLock { counts in
            counts.total -= 1
            let left = counts.origins[origin, default: 1] - 1
            counts.origins[origin] = left == 0 ? nil : left
        }
    }
}
