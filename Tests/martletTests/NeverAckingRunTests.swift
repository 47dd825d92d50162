// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletTestKit
import Testing

/// What a peer that never acks costs a broker that is a process of its own.
struct NeverAckingRunTests {
    private static let size = 32 << 10
    private static let count = 1_500
    private static let window = 1_000

    /// Memory of a process that no file backs, in KiB.
    private static func ownMemory(of process: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        return try #require(
            line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) })
    }

    @Test(arguments: [false, true])
    func `a peer that never acks does not make the broker grow by what it holds`(isSecure: Bool) async throws {
        let security = isSecure ? try TestSecurity() : nil
        let folder = try TemporaryFolder()
        var environment = ["MARTLET_STORAGE_MAP_SIZE": "4GiB", "MARTLET_STORAGE_RESERVE_MINIMUM": "1MiB"]
        if let security {
            environment["MARTLET_SERVER_TLS_CERTIFICATE"] = security.path("server.pem")
            environment["MARTLET_SERVER_TLS_KEY"] = security.path("server.key")
        }
        try await onThread { [environment] in
            let broker = try RunningCommand(
                ["serve", "--port", "0", "--admin-port", "off", "--data", folder.path], port: 1,
                environment: environment)
            defer { broker.send(SIGKILL) }
            var port: Int?
            while port == nil, let line = broker.line() {
                if line.contains("address"), let last = line.split(separator: ":").last { port = Int(last) }
            }
            let address = try #require(port)
            func client() throws -> CrowdMember {
                let member = try CrowdMember(address, security.map { try TLSEngine($0.clientTLS()) })
                try member.say("HELLO 1 heartbeat=0\r\n")
                #expect(try member.line().hasPrefix("OK 1 "))
                return member
            }
            let (peer, other, publisher) = (try client(), try client(), try client())
            try peer.say("SUB 1 a peer from=earliest window=\(Self.window) lease=1h\r\n")
            #expect(try peer.line() == "OK created lease=1h")
            try other.say("SUB 1 a other from=earliest\r\n")
            #expect(try other.line() == "OK created lease=30s")
            let body = String(repeating: "b", count: Self.size)
            let before = try Self.ownMemory(of: broker.identifier)
            for number in 1...Self.count {
                try publisher.say("PUB a \(Self.size)\r\n\(body)\r\n")
                #expect(try publisher.line() == "OK \(number)")
                if number <= Self.window { try Self.take(from: peer, "MSG 1 \(number) ") }
                try Self.take(from: other, "MSG 1 \(number) ")
                try other.say("ACK 1 \(number)\r\n")
                #expect(try other.line() == "OK 1")
            }
            try peer.say("PING\r\n")
            #expect(try peer.line() == "PONG")
            // It holds 32 MiB, and 48 MiB went through; the broker keeps 16 MiB of what is recent.
            let grown = try Self.ownMemory(of: broker.identifier) - before
            #expect(grown < 28 << 10, "\(grown) KiB")
        }
    }

    private static func take(from member: CrowdMember, _ beginning: String) throws {
        let line = try member.line()
        #expect(line.hasPrefix(beginning), "\(line)")
        #expect(try member.line().utf8.count == size)
    }
}
