// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletServer
import MartletTestKit
import Testing

/// As many connections as there may be, and floods of them, on a broker that is a process of its own.
@Suite(.serialized) struct ConnectionCrowdTests {
    /// Runs `martlet serve` while `body` runs on a thread.
    private static func serve(
        _ added: [String: String] = [:], _ body: @escaping @Sendable (Int) throws -> Void
    ) async throws {
        DescriptorLimit.raise()
        let folder = try TemporaryFolder()
        let environment = ["MARTLET_STORAGE_MAP_SIZE": "1GiB", "MARTLET_STORAGE_RESERVE_MINIMUM": "1MiB"]
            .merging(added) { $1 }
        try await onThread {
            let broker = try RunningCommand(
                ["serve", "--port", "0", "--data", folder.path], port: 1, environment: environment)
            defer { broker.send(SIGKILL) }
            var port: Int?
            while port == nil, let line = broker.line() {
                if line.contains("address"), let last = line.split(separator: ":").last { port = Int(last) }
            }
            try body(try #require(port))
        }
    }

    @Test func `10,000 connections are served, one more is closed, and the next after one has gone is served`()
        async throws
    {
        try await Self.serve { port in
            var crowd: [CrowdMember] = []
            for _ in 0..<100 {
                let some = try (0..<100).map { _ in try CrowdMember(port) }
                for member in some { try member.say("HELLO 1 heartbeat=0\r\n") }
                for member in some { #expect(try member.line().hasPrefix("OK 1 ")) }
                crowd += some
            }
            for member in crowd { try member.say("PING\r\n") }
            for member in crowd { #expect(try member.line() == "PONG") }
            #expect(try CrowdMember(port).line() == "")
            crowd.removeLast()
            // The broker learns of the end a moment later.
            var isServed = false
            for _ in 0..<1_000 where !isServed {
                let late = try CrowdMember(port)
                try late.say("HELLO 1\r\n")
                isServed = try late.line().hasPrefix("OK 1 ")
                if !isServed { usleep(5_000) }
            }
            #expect(isServed)
        }
    }

    @Test(arguments: [false, true])
    func `a flood of connections that come and go keeps nobody from being served`(isSecure: Bool) async throws {
        let security = try TestSecurity()
        let variables = [
            "MARTLET_SERVER_TLS_CERTIFICATE": security.path("server.pem"),
            "MARTLET_SERVER_TLS_KEY": security.path("server.key"),
        ]
        try await Self.serve(
            (isSecure ? variables : [:]).merging(["MARTLET_SERVER_MAX_CONNECTIONS": "200"]) { $1 }
        ) { port in
            let calm = try CrowdMember(port, isSecure ? TLSEngine(security.clientTLS()) : nil)
            try calm.say("HELLO 1 heartbeat=0\r\n")
            #expect(try calm.line().hasPrefix("OK 1 "))
            for round in 0..<20 {
                // Some say nothing, some half of something, some what is no protocol at all.
                let flood = try (0..<250).map { _ in try CrowdMember(port) }
                for (index, member) in flood.enumerated() where index % 3 > 0 {
                    try member.put(index % 3 == 1 ? [0x16, 0x03] : Array("GET / HTTP/1.1\r\n\r\n".utf8))
                }
                try calm.say("PUB a 1\r\nx\r\n")
                #expect(try calm.line() == "OK \(round + 1) subs=0")
            }
            var isServed = false
            for _ in 0..<1_000 where !isServed {
                let late = try CrowdMember(port, isSecure ? TLSEngine(security.clientTLS()) : nil)
                try late.say("HELLO 1\r\n")
                isServed = (try? late.line())?.hasPrefix("OK 1 ") ?? false
                if !isServed { usleep(5_000) }
            }
            #expect(isServed)
        }
    }

    // A handshake takes very long in a build without optimisation, on both sides.
    @Test func `100 connections with TLS are served`() async throws {
        let security = try TestSecurity()
        try await Self.serve([
            "MARTLET_SERVER_TLS_CERTIFICATE": security.path("server.pem"),
            "MARTLET_SERVER_TLS_KEY": security.path("server.key"),
        ]) { port in
            let crowd = try (0..<100).map { _ in try CrowdMember(port, TLSEngine(security.clientTLS())) }
            for member in crowd { try member.say("HELLO 1 heartbeat=0\r\n") }
            for member in crowd { #expect(try member.line().hasPrefix("OK 1 ")) }
            for member in crowd { try member.say("PING\r\n") }
            for member in crowd { #expect(try member.line() == "PONG") }
        }
    }
}
