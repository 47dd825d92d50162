// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletTestKit
import NIOSSL
import Testing

@testable import MartletServer

/// What a client is called by its certificate.
struct CertificateNameTests {
    private static func name(_ names: [TestAuthority.Name], common: String? = nil) throws -> String? {
        let text = try TestAuthority().issue(.client, names, common: common).certificate
        let certificate = try #require(try NIOSSLCertificate.fromPEMBytes(Array(text.utf8)).first)
        return CertificateName.name(of: certificate)
    }

    @Test func `the first alternative name that is a DNS name, a URI or an e-mail address is the name`() throws {
        #expect(try Self.name([.dns("a.test"), .uri("spiffe://b/c")], common: "d") == "a.test")
        #expect(try Self.name([.uri("spiffe://b/c"), .dns("a.test")]) == "spiffe://b/c")
        #expect(try Self.name([.address(10, 0, 0, 1), .email("a@b.test")], common: "d") == "a@b.test")
    }

    @Test func `without one it is the common name, and without that there is none`() throws {
        #expect(try Self.name([], common: "billing") == "billing")
        #expect(try Self.name([.address(10, 0, 0, 1)], common: "billing") == "billing")
        #expect(try Self.name([]) == nil)
    }

    @Test func `a name that is too long or has other characters is none`() throws {
        let longest = String(repeating: "a", count: 255)
        #expect(try Self.name([.uri(longest)]) == longest)
        #expect(try Self.name([.uri(longest + "a")]) == nil)
        #expect(try Self.name([], common: "two words") == nil)
        #expect(try Self.name([], common: "zoë") == nil)
    }
}
