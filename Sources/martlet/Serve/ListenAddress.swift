// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import MartletServer

/// Where the broker will listen, as an address and not as a name that could mean several things.
struct ListenAddress: Equatable {
    /// The address in digits.
    let numeric: String

    /// Resolves the host of the settings.
    ///
    /// - Throws: when it is not known, or when other machines can reach it and the settings do not allow that.
    init(_ configuration: ServerConfiguration) throws(CommandFailure) {
        let host = configuration.host
        let addresses = try Self.resolve(host)
        if !configuration.allowRemote, let outer = addresses.first(where: { !Self.isLocal($0) }) {
            let shown = outer == host ? "'\(host)'" : "'\(host)', which is \(outer),"
            throw CommandFailure(
                .usage,
                "server.host: \(shown) can be reached from other machines, and anyone on them could read and write; "
                    + "set server.allow-remote to true if that is what you want")
        }
        if !configuration.isReadableOnlyByPeers, let outer = addresses.first(where: { !Self.isLocal($0) }) {
            let shown = outer == host ? "'\(host)'" : "'\(host)', which is \(outer),"
            throw CommandFailure(.usage, "server.host: \(shown) \(ServerConfiguration.plaintextRisk)")
        }
        numeric = addresses[0]
    }

    /// Whether only this machine can reach an address in digits.
    private static func isLocal(_ address: String) -> Bool { address == "::1" || address.hasPrefix("127.") }

    /// The addresses that a host means, in digits, at least one.
    private static func resolve(_ host: String) throws(CommandFailure) -> [String] {
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(isBracketed ? String(host.dropFirst().dropLast()) : host, nil, &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        var addresses: [String] = []
        var next = code == 0 ? list : nil
        while let entry = next {
            if let address = digits(entry.pointee) { addresses.append(address) }
            next = entry.pointee.ai_next
        }
        guard !addresses.isEmpty else {
            let reason = code == EAI_SYSTEM ? strerror(errno) : UnsafeMutablePointer(mutating: gai_strerror(code))
            throw CommandFailure(
                .refused, "server.host: '\(host)' is not known (\(reason.map { String(cString: $0) } ?? "\(code)"))")
        }
        return addresses
    }

    private static func digits(_ entry: addrinfo) -> String? {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = getnameinfo(
            entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard code == 0 else { return nil }
        let digits = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // An IPv4 address in the form of IPv6 is the IPv4 address.
        return digits.hasPrefix("::ffff:") && digits.contains(".") ? String(digits.dropFirst(7)) : digits
    }
}
