// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import NIOCore
import Testing

@testable import MartletServer

/// Connections whose users are not known yet, and the addresses that may be listened on.
struct PendingConnectionsTests {
    private func origin(_ address: String) throws -> PendingConnections.Origin {
        PendingConnections.Origin(try SocketAddress(ipAddress: address, port: 1))
    }

    private func pending(_ limit: Int, ofAddress: Int) -> PendingConnections {
        var configuration = ServerConfiguration()
        (configuration.maxUnauthenticated, configuration.maxUnauthenticatedPerAddress) = (limit, ofAddress)
        return PendingConnections(configuration)
    }

    @Test func `one address has its limit, and one that leaves makes room`() throws {
        let (pending, a, b) = (pending(10, ofAddress: 2), try origin("192.0.2.1"), try origin("192.0.2.2"))
        #expect(pending.enter(a) == nil && pending.enter(a) == nil)
        #expect(pending.enter(a) == .ofAddress(2))
        #expect(pending.enter(b) == nil)
        pending.leave(a)
        #expect(pending.enter(a) == nil)
    }

    @Test func `all addresses together have theirs`() throws {
        let pending = pending(3, ofAddress: 2)
        for address in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] { #expect(pending.enter(try origin(address)) == nil) }
        #expect(pending.enter(try origin("192.0.2.4")) == .ofAll(3))
        pending.leave(try origin("192.0.2.1"))
        #expect(pending.enter(try origin("192.0.2.4")) == nil)
    }

    @Test func `the addresses of a network of IPv6 are one origin, and IPv4 in its form is IPv4`() throws {
        #expect(try origin("2001:db8::1") == origin("2001:db8:0:0:ffff::2"))
        #expect(try origin("2001:db8::1") != origin("2001:db8:0:1::1"))
        #expect(try origin("::ffff:192.0.2.1") == origin("192.0.2.1"))
        #expect(try origin("::ffff:192.0.2.1") != origin("::ffff:192.0.2.2"))
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.255.0.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("0.0.0.0", false),
        ("::", false), ("128.0.0.1", false), ("192.0.2.1", false), ("::2", false), ("fe80::1", false),
        ("::ffff:192.0.2.1", false), ("1::1", false), ("::7f00:1", false),
    ])
    func `an address of this machine is told from the others by its bytes`(_ text: String, _ isLocal: Bool) throws {
        #expect(try SocketAddress(ipAddress: text, port: 1).isLocal == isLocal)
    }
}
