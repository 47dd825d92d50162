// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc

/// The addresses that this process may use, which the data file takes all at once.
enum AddressSpace {
    /// Refuses a `storage.map-size` for which there is no room.
    static func check(mapSize: Int) throws(CommandFailure) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < UInt64(Int.max) else {
            return
        }
        try check(mapSize: mapSize, limit: Int(limit.rlim_cur), used: used())
    }

    /// The same for a limit, of which some bytes are used.
    static func check(mapSize: Int, limit: Int, used: Int) throws(CommandFailure) {
        guard mapSize > limit - used else { return }
        throw CommandFailure(
            .usage,
            "storage.map-size is \(ByteSize.text(mapSize)), but this process may use only \(limit) bytes of addresses "
                + "(ulimit -v \(limit / 1_024)), of which \(used) are in use; set storage.map-size below the rest, or "
                + "raise the limit")
    }

    /// The addresses in use, in bytes; 0 when that is not known.
    private static func used() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").first.flatMap({ Int($0) })
        else { return 0 }
        return pages * Int(getpagesize())
    }
}
