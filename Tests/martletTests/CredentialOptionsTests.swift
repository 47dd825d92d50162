// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import Testing

@testable import martlet

/// What commands are told about TLS.
struct CredentialOptionsTests {
    private static let environment = ["MARTLET_CA": "ca", "MARTLET_CERTIFICATE": "c", "MARTLET_KEY": "k"]

    private static func tls(
        _ words: String..., environment: [String: String] = [:]
    ) throws -> ClientConfiguration.TLS? {
        try ClientOptions.parse(words).configuration(environment: environment).tls
    }

    @Test func `martlets asks for TLS, and the machine's authorities are trusted when nothing is said`() throws {
        #expect(try Self.tls("--server", "martlets://h") == ClientConfiguration.TLS())
        #expect(try Self.tls(environment: ["MARTLET_ADDRESS": "martlets://h:1"]) == ClientConfiguration.TLS())
        #expect(try Self.tls("--server", "martlet://h") == nil)
        #expect(try Self.tls("--server", "h") == nil)
    }

    @Test func `the options win over the environment, which plain addresses do not mind`() throws {
        let all = ClientConfiguration.TLS(trust: .file("ca"), certificate: "c", key: "k")
        #expect(try Self.tls("--server", "martlets://h", environment: Self.environment) == all)
        #expect(try Self.tls("--server", "h", environment: Self.environment) == nil)
        let own = ClientConfiguration.TLS(trust: .file("x"), certificate: "y", key: "z")
        let words = ["--server", "martlets://h", "--ca", "x", "--certificate", "y", "--certificate-key", "z"]
        #expect(try ClientOptions.parse(words).configuration(environment: Self.environment).tls == own)
    }

    @Test func `options of TLS are refused for a plain address`() throws {
        #expect {
            try Self.tls("--ca", "x")
        } throws: { error in
            let failure = error as? CommandFailure
            return failure?.status == .usage && failure?.message.contains("martlets://") == true
        }
    }

    @Test func `what is suggested names the same broker in the same way`() throws {
        let options = try ClientOptions.parse(["--server", "martlets://h", "--ca", "my ca.pem"])
        #expect(options.suggestion.command("topics") == "martlet topics --server martlets://h --ca 'my ca.pem'")
    }
}
