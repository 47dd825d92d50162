// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletTestKit
import Testing

@testable import MartletClient

/// What a client accepts before it connects.
struct ConfigurationTests {
    private typealias Address = ClientConfiguration.Address

    @Test(arguments: [
        ("martlet://localhost", "localhost:7250"), ("martlet://h:1", "h:1"), ("martlet://h:65535", "h:65535"),
        ("martlet://[::1]", "[::1]:7250"), ("martlet://[fe80::1]:99", "[fe80::1]:99"),
        ("martlet://a,b:2,[::1]:3", "a:7250,b:2,[::1]:3"), ("martlet://127.0.0.1:7", "127.0.0.1:7"),
    ])
    func `addresses are read`(url: String, expected: String) throws {
        let configuration = try ClientConfiguration(url)
        #expect(configuration.addresses.map(\.description).joined(separator: ",") == expected)
        try configuration.check()
    }

    @Test(arguments: [
        "", "localhost:7250", "http://h", "martlet://", "martlet://h:", "martlet://h:0", "martlet://h:65536",
        "martlet://h:x", "martlet://h:-1", "martlet://a,,b", "martlet://a,", "martlet://h/path", "martlet://h:1/",
        "martlet://[]:1", "martlet://::1", "martlet://[::1", "martlet://::1]", "martlet://a:b:1", "martlet://h ",
        "martlet://user@h", "martlet://h:+1", "martlet://h\n",
    ])
    func `what is no address is refused`(url: String) {
        let error = #expect(throws: ClientError.self) { try ClientConfiguration(url) }
        #expect(error?.code == .badArgument)
    }

    @Test func `a secure address is secured, by the authorities of the machine when nothing is said`() throws {
        let configuration = try ClientConfiguration("martlets://h:1")
        #expect(configuration.addresses == [Address(host: "h", port: 1)])
        #expect(configuration.tls == ClientConfiguration.TLS(trust: .system))
        let tls = ClientConfiguration.TLS(trust: .file("ca.pem"), certificate: "c.pem", key: "c.key")
        #expect(try ClientConfiguration("martlets://a,b", tls: tls).tls == tls)
        #expect(try ClientConfiguration("martlet://h:1").tls == nil)
        let error = #expect(throws: ClientError.self) { try ClientConfiguration("martlet://h", tls: tls) }
        #expect(error?.code == .badArgument)
    }

    @Test func `files of certificates that cannot be used are refused by name before anything is connected`() throws {
        let security = try TestSecurity()
        try security.write("no certificate", "wrong.pem")
        try security.put(TestAuthority().issue(.client, []), "other")
        let (certificate, key) = security.client
        let tables: [(ClientConfiguration.TLS, String)] = [
            (.init(trust: .file("/nowhere/ca.pem")), "/nowhere/ca.pem"),
            (.init(trust: .file(security.path("wrong.pem"))), "wrong.pem"),
            (.init(certificate: certificate), "go together"),
            (.init(key: key), "go together"),
            (.init(certificate: "/nowhere/c.pem", key: key), "'/nowhere/c.pem': no such file"),
            (.init(certificate: certificate, key: security.path("wrong.pem")), "wrong.pem"),
            (.init(certificate: certificate, key: security.path("other.key")), "other.key"),
        ]
        for (tls, expected) in tables {
            var configuration = ClientConfiguration(addresses: [Address(host: "h")])
            configuration.tls = tls
            let error = #expect(throws: ClientError.self) { try configuration.check() }
            #expect(error?.code == .badArgument)
            #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
        }
    }

    private func isAccepted(_ change: (inout ClientConfiguration) -> Void) -> Bool {
        var configuration = ClientConfiguration(addresses: [Address(host: "h")])
        change(&configuration)
        do throws(ClientError) {
            _ = try Client(configuration, logger: .silent)
            return true
        } catch {
            #expect(error.code == .badArgument)
            return false
        }
    }

    @Test func `settings have limits`() {
        #expect(isAccepted { _ in })
        #expect(!isAccepted { $0.addresses = [] })
        for (port, isGood) in [(0, false), (1, true), (65_535, true), (65_536, false), (-1, false)] {
            #expect(isAccepted { $0.addresses = [Address(host: "h", port: port)] } == isGood)
        }
        #expect(!isAccepted { $0.addresses = [Address(host: "")] })
        for (count, isGood) in [(0, false), (1, true), (200, true), (201, false)] {
            #expect(isAccepted { $0.name = String(repeating: "n", count: count) } == isGood)
        }
        for (seconds, isGood) in [(0, false), (1, true), (3_600, true), (3_601, false)] {
            #expect(isAccepted { $0.heartbeat = .seconds(seconds) } == isGood)
        }
        #expect(!isAccepted { $0.maxInFlightMessages = 0 })
        #expect(isAccepted { $0.maxInFlightMessages = 1 })
        #expect(!isAccepted { $0.maxInFlightBytes = 0 })
        #expect(!isAccepted { $0.backoff.least = .zero })
        #expect(!isAccepted { $0.backoff.most = .milliseconds(99) })
        #expect(isAccepted { $0.backoff.most = .milliseconds(100) })
    }

    @Test func `the longest times are no trap`() {
        #expect(isAccepted { $0.drainTimeout = .seconds(Int64.max) })
        #expect(isAccepted { $0.backoff.most = .seconds(Int64.max) })
        #expect(isAccepted { $0.connectTimeout = .seconds(Int64.max) })
    }
}
