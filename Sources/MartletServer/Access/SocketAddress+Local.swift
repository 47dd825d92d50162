// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension SocketAddress {
    /// The bytes of an IP address, 4 or 16; none when it is another kind of address.
    ///
    /// An IPv4 address in the form of IPv6 is the IPv4 address.
    var ipBytes: [UInt8] {
        guard let text = ipAddress else { return [] }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes.prefix(4)) }
        guard inet_pton(AF_INET6, text, &bytes) == 1 else { return [] }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? Array(bytes.suffix(4)) : bytes
    }

    /// Whether it is an address of this machine that no other can reach.
    package var isLocal: Bool {
        if case .unixDomainSocket = self { return true }
        let bytes = ipBytes
        if bytes.count == 4 { return bytes[0] == 127 }
        return bytes.count == 16 && bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
    }
}
