// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletModel
import MartletServer
import MartletTestKit
import Testing

/// Users that are known by their certificates, with real sockets.
struct CertificateUserTests {
    private let security: TestSecurity
    private let users = WireUsers()
    /// Who may publish to one topic, and is known by the certificate of `security` and by a token.
    private let billing = User(
        Access(user: "billing", publish: NamePattern("orders").map { [$0] } ?? []),
        tokens: [TokenDigest(of: "billing-token")], certificates: [TestSecurity.clientName])

    init() throws {
        security = try TestSecurity()
        users.directory.replace(users.all + [billing])
    }

    private var settings: ServerConfiguration {
        var settings = users.settings
        security.secure(&settings, asksClients: true)
        return settings
    }

    private func client(_ port: Int, hello: String? = "HELLO 1", certificate: String = "client") throws -> WireClient {
        let tls = ClientConfiguration.TLS(
            trust: .file(security.authority), certificate: security.path("\(certificate).pem"),
            key: security.path("\(certificate).key"))
        return try WireClient(port, hello: hello, tls: try TLSEngine(tls))
    }

    @Test func `a user's certificate lets in without a token, and the user's rights hold`() async throws {
        try await wire(settings) { port in
            let client = try self.client(port)
            try client.check("PUB orders 4", "body", is: "OK 1")
            try client.check("PUB secret 4", "body", fails: "denied")
            try client.check("PEEK orders 1", fails: "denied")
            try client.check("PUB orders 4", "body", is: "OK 2")
        }
    }

    @Test(arguments: ["other", "nameless"])
    func `a certificate that is no user's does not let in, and nothing of it is done`(name: String) async throws {
        let authority = try TestAuthority()
        try security.write(authority.certificate, "ca.pem")
        try security.put(authority.issue(.server, [.address(127, 0, 0, 1)]), "server")
        try security.put(authority.issue(.client, [.dns("other.test")], common: TestSecurity.clientName), "other")
        try security.put(authority.issue(.client, []), "nameless")
        try await wire(settings) { port in
            let client = try self.client(port, hello: nil, certificate: name)
            try client.send("HELLO 1\r\nPUB orders 4\r\nbody\r\n")
            let rest = try client.rest()
            #expect(rest.count == 1 && rest[0].hasPrefix("ERR auth "), "\(rest)")
            #expect(rest[0].contains("'other.test' is no user's name") == (name == "other"), "\(rest)")
            let root = try self.client(port, hello: "HELLO 1 token=root-token", certificate: name)
            #expect(try root.data("INFO topics") == "[]")
        }
    }

    @Test func `a token goes before the certificate, and one that is wrong lets nobody in`() async throws {
        try await wire(settings) { port in
            try client(port, hello: "HELLO 1 token=root-token").check("PUB secret 4", "body", is: "OK 1 subs=0")
            let wrong = try client(port, hello: nil)
            try wrong.send("HELLO 1 token=wrong\r\n")
            try wrong.checkEnd(fails: "auth")
        }
    }

    @Test func `a user who is known by a certificate no more is let out`() async throws {
        try await wire(settings) { port in
            let client = try self.client(port)
            try client.check("PING", is: "PONG")
            users.directory.replace(users.all)
            #expect(try client.rest() == ["BYE reason=access"])
            let late = try self.client(port, hello: nil)
            try late.checkEnd(saying: "HELLO 1", fails: "auth")
        }
    }
}
