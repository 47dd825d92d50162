// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import MartletClient
import MartletTestKit
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

    @Test func `a token is taken from a file that the option or the environment names, else from the environment`()
        throws
    {
        let folder = try TemporaryFolder()
        for name in ["one", "two"] {
            try "\(name)\nmore\n".write(toFile: "\(folder.path)/\(name)", atomically: true, encoding: .utf8)
        }
        let environment = ["MARTLET_TOKEN": "three", "MARTLET_TOKEN_FILE": folder.path + "/two"]
        func token(_ words: String..., environment: [String: String]) throws -> String? {
            try ClientOptions.parse(words).configuration(environment: environment).token
        }
        #expect(try token("--token-file", folder.path + "/one", environment: environment) == "one")
        #expect(try token(environment: environment) == "two")
        #expect(try token(environment: ["MARTLET_TOKEN": "three", "MARTLET_TOKEN_FILE": ""]) == "three")
        #expect {
            try token(environment: ["MARTLET_TOKEN": "three", "MARTLET_TOKEN_FILE": folder.path + "/none"])
        } throws: { error in
            (error as? CommandFailure)?.message.hasPrefix("MARTLET_TOKEN_FILE: cannot read '") == true
        }
    }

    @Test func `a command that is run finds the files that were named, wherever it runs, and no token`() throws {
        let options = try ClientOptions.parse(["--token-file", "t", "--server", "martlets://h", "--ca", "/a/ca.pem"])
        let here = FileManager.default.currentDirectoryPath
        let variables = options.credentials.variables.map { "\($0)=\(String(decoding: $1, as: UTF8.self))" }
        #expect(variables == ["MARTLET_TOKEN_FILE=\(here)/t", "MARTLET_CA=/a/ca.pem"])
    }

    @Test func `what is suggested names the same broker in the same way`() throws {
        let options = try ClientOptions.parse(["--server", "martlets://h", "--ca", "my ca.pem"])
        #expect(options.suggestion.command("topics") == "martlet topics --server martlets://h --ca 'my ca.pem'")
    }
}
