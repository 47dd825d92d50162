// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#if DEBUG
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import MartletBroker
import MartletStore

// Confirms that come too early.
extension PlantedBug {
    /// How long a planted bug lets the commit wait behind its confirmation, in milliseconds.
    private static let gap: UInt32 = 20

    /// Whether these operations are confirmed too early.
    func concerns(_ operations: [StoreOperation]) -> Bool {
        operations.contains { operation in
            switch operation {
            case .append: self == .confirmBeforeCommit
            // A subscription that is just being made has settled nothing.
            case .putSubscription(let row): self == .ackBeforeCommit && row.floor + row.settledAbove > 0
            default: false
            }
        }
    }

    /// Gives a killer time to strike.
    static func wait() {
        usleep(gap * 1_000)
    }
}
#endif
