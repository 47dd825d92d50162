// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How many descriptors the process may have: each connection takes one.
package enum DescriptorLimit {
    /// Descriptors for anything but connections: the data file, the listener, event loops, the standard streams.
    static let others = 64

    /// Raises the process's own limit as far as it may go without more rights.
    package static func raise() {
        guard var limit = read(), limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        // Where it cannot be raised it stays as it is, and the server warns if that is too little.
        _ = setrlimit(resource, &limit)
    }

    /// The limit as it is; nil when the system does not tell.
    package static var current: Int? { read().map { Int(clamping: $0.rlim_cur) } }

    /// Whether so many connections fit.
    static func fits(_ connections: Int, into limit: Int) -> Bool { room(in: limit).connections >= connections }

    /// Connections for which there are descriptors, and some are left: of programs, and of the administration.
    ///
    /// Of a limit that is very low they get what is left, since without any connection there is no broker.
    package static func room(in limit: Int) -> (connections: Int, administration: Int) {
        let room = max(least, limit - others)
        let administration = min(mostOfAdministration, room / 8)
        return (room - administration, administration)
    }

    /// Connections that the administration needs at most.
    static let mostOfAdministration = 128
    /// Connections that are taken whatever the limit.
    private static let least = 16

    private static func read() -> rlimit? {
        var limit = rlimit()
        return getrlimit(resource, &limit) == 0 ? limit : nil
    }

    #if canImport(Glibc)
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
    private static let resource = RLIMIT_NOFILE
    #endif
}
