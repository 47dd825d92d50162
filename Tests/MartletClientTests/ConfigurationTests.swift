// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

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

    @Test func `a secure address needs what secures it`() throws {
        let error = #expect(throws: ClientError.self) { try ClientConfiguration("martlets://h") }
        #expect(error?.code == .badArgument)
        let configuration = try ClientConfiguration("martlets://h:1", secure: { _ in })
        #expect(configuration.addresses == [Address(host: "h", port: 1)] && configuration.secure != nil)
        #expect(throws: ClientError.self) { try Client("martlets://h") }
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
