// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import MartletModel
import MartletServer
import MartletTestKit
import Testing

@testable import martlet

/// The users of the configuration, and what is refused of them.
struct UserListTests {
    private static let hex = String(repeating: "0a", count: 32)
    private static let other = String(repeating: "F", count: 64)

    private func read(_ yaml: String) throws -> ServeConfiguration {
        try ServeConfiguration(file: try ConfigurationFile(path: "test.yaml", text: yaml), environment: [:])
    }

    /// What is said against a configuration; nil when it is taken.
    private func refusal(_ yaml: String) -> String? {
        do {
            _ = try read(yaml)
            return nil
        } catch {
            let failure = error as? CommandFailure
            #expect(failure?.status == .usage)
            return failure?.message ?? "\(error)"
        }
    }

    @Test func `a list of users is read with their rights, and the settings beside it as ever`() throws {
        let configuration = try read(
            """
            server:
              port: 9000
              tls-client-ca: ca.pem
            access:
              users:
                - name: shop
                  token-sha256: \(Self.hex)
                  publish: [orders, orders.*]
                  consume: answers
                - {name: ops, certificate: [ops.example, ops2.example], token-sha256: [\(Self.other)], admin: true}
            log:
              level: debug
            """)
        #expect(configuration.server.port == 9_000 && configuration.logLevel == .debug)
        let users = try configuration.users()
        let digests = try [Self.hex, Self.other].map { try #require(TokenDigest(hex: $0)) }
        #expect(
            users == [
                User(
                    Access(user: "shop", publish: [.name("orders"), .prefix("orders.")], consume: [.name("answers")]),
                    tokens: [digests[0]]),
                User(.admin(user: "ops"), tokens: [digests[1]], certificates: ["ops.example", "ops2.example"]),
            ])
    }

    @Test(arguments: [
        ("users: []", "test.yaml:2: access.users: expected a list of users, at least one"),
        ("users:", "test.yaml:2: access.users: expected a list of users"),
        ("users: everyone", "test.yaml:2: access.users: expected a list of users"),
        ("users: [root]", "test.yaml:2: access.users[1]: expected a map with name"),
        ("users: [{name: a}]", "test.yaml:2: access.users[1]: expected token-sha256 or certificate"),
        ("users:\n  - certificate: c\n", "test.yaml:3: access.users[1].name: expected 1 to 200 bytes"),
        (
            "users:\n  - name: a\n    certificate: c\n    rights: all\n",
            "test.yaml:5: access.users[1]: unknown key 'rights'"
        ),
        ("users: [{name: a, token-sha256: abc}]", "test.yaml:2: access.users[1].token-sha256: expected 64 hexadecimal"),
        (
            "users:\n  - name: a\n    certificate: c\n    publish:\n      - orders\n      - or*\n",
            "test.yaml:7: access.users[1].publish: 'or*' is not a name, prefix.* or *"
        ),
        (
            "users: [{name: a, certificate: c, consume: [$dead.orders.billing]}]",
            "test.yaml:2: access.users[1].consume: '$dead.orders.billing' is not a name"
        ),
        (
            "users: [{name: a, certificate: c, admin: yes}]",
            "test.yaml:2: access.users[1].admin: expected true or false"
        ),
        ("users: [{name: a, certificate: c, manage: [[x]]}]", "test.yaml:2: access.users[1].manage: expected a list"),
        ("users: [{name: a, certificate: c, manage: [~]}]", "test.yaml:2: access.users[1].manage: expected a list"),
        (
            "users:\n  - {name: a, certificate: c}\n  - {name: a, certificate: d}\n",
            "test.yaml:4: access.users[2].name: user 1 has the same"
        ),
        (
            "users:\n  - {name: a, certificate: c}\n  - {name: b, certificate: c}\n",
            "test.yaml:4: access.users[2].certificate: user 1 has the same"
        ),
        ("users: [{name: a, certificate: c}]\n  users-file: u.yaml", "access.users and access.users-file name users"),
        ("users: [{name: a, certificate: c}]\n  allow-anonymous: true", "access.allow-anonymous is true and there are"),
        ("users-file: u.yaml\n  allow-anonymous: true", "access.allow-anonymous is true and there are users"),
        ("user: [{name: a}]", "test.yaml:2: unknown key 'access.user'; expected one of access.users-file, "),
    ])
    func `what is wrong is told with file, line, key and what was expected`(yaml: String, message: String) {
        let text = refusal("access:\n  \(yaml)\n") ?? "taken"
        #expect(text.hasPrefix(message), "\(text)")
    }

    @Test func `two users of one token are refused, and a token in the place of its digest is not repeated`() {
        let users = ["a", "b"].map { "    - {name: \($0), token-sha256: \(Self.hex)}\n" }
        let twice = "access:\n  users:\n" + users.joined()
        #expect(refusal(twice)?.hasPrefix("test.yaml:4: access.users[2].token-sha256: user 1 has the same") == true)
        let token = Token.make()
        let text = refusal("access:\n  users: [{name: a, token-sha256: \(token)}]\n") ?? "taken"
        #expect(text.contains("64 hexadecimal digits") && !text.contains(token), "\(text)")
    }

    @Test func `a file of its own is the list, and is read each time`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/users.yaml"
        var configuration = ServeConfiguration()
        configuration.server.usersFile = path
        configuration.server.tlsClientCA = "ca.pem"
        #expect(throws: CommandFailure.self) { try configuration.users() }
        try "- {name: a, certificate: c}\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try configuration.users().map(\.access.user) == ["a"])
        try "\n- {name: b}\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect {
            try configuration.users()
        } throws: { error in
            (error as? CommandFailure)?.message.hasPrefix("\(path):2: user[1]: expected token-sha256 or") == true
        }
        for nothing in ["", "[]", "access: 1"] {
            try nothing.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(throws: CommandFailure.self) { try configuration.users() }
        }
    }

    @Test func `a certificate for which no client is asked is refused with both settings`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/users.yaml"
        let yaml = "- {name: a, token-sha256: \(Self.hex)}\n- {name: b, token-sha256: \(Self.other), certificate: c}\n"
        try yaml.write(toFile: path, atomically: true, encoding: .utf8)
        var configuration = ServeConfiguration()
        configuration.server.usersFile = path
        #expect {
            try configuration.users()
        } throws: { error in
            let message = (error as? CommandFailure)?.message ?? ""
            return message.hasPrefix("access.users-file: 'b' has a certificate, but server.tls-client-ca is not set")
        }
        configuration.server.tlsClientCA = "ca.pem"
        #expect(try configuration.users().count == 2)
    }

    @Test func `users cannot come from the environment`() {
        #expect(throws: CommandFailure.self) {
            try ServeConfiguration(file: nil, environment: ["MARTLET_ACCESS_USERS": "a"])
        }
    }

    @Test func `the key that is gone says what is there in its place`() {
        #expect(refusal("server:\n  allow-remote: true\n")?.contains("access.allow-anonymous") == true)
    }
}
