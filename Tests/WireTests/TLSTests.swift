// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletClient
import MartletServer
import MartletTestKit
import Testing

/// A port that speaks TLS: who gets in, who does not, and what they are told.
struct TLSTests {
    private static func secured(
        _ security: TestSecurity, asksClients: Bool = false, _ change: (inout ServerConfiguration) -> Void = { _ in }
    ) -> ServerConfiguration {
        settings {
            security.secure(&$0, asksClients: asksClients)
            change(&$0)
        }
    }

    private static func client(
        _ port: Int, _ tls: ClientConfiguration.TLS, _ oddity: TLSEngine.Oddity = .init(), hello: String? = "HELLO 1"
    ) throws -> WireClient {
        try WireClient(port, hello: hello, tls: try TLSEngine(tls, oddity))
    }

    /// Whether the handshake or the conversation ends with an error of TLS, which names it.
    private static func fails(_ body: () throws -> Void, _ name: String) -> Bool {
        do {
            try body()
            return false
        } catch {
            return "\(error)".contains(name)
        }
    }

    @Test func `a conversation goes as it does without, and large bodies too`() async throws {
        let security = try TestSecurity()
        try await wire(Self.secured(security) { $0.maxBody = 16 << 20 }) { port in
            let client = try Self.client(port, security.clientTLS())
            try client.check("SUB 1 a s from=new window=10", is: "OK created lease=30s")
            try client.check("PUB a 5", "hello", is: "OK 1")
            try client.checkMessage(offset: 1, body: "hello")
            let body = String(repeating: "b", count: 16 << 20)
            try client.check("PUB a \(16 << 20)", body, is: "OK 2")
            #expect(try client.message().data.count == 16 << 20)
            try client.check("ACK 1 1-2", is: "OK 2")
        }
    }

    @Test func `a client without a certificate is refused where one is asked for`() async throws {
        let security = try TestSecurity()
        try await wire(Self.secured(security, asksClients: true)) { port in
            #expect(Self.fails({ _ = try Self.client(port, security.clientTLS()) }, "CERTIFICATE_REQUIRED"))
            let client = try Self.client(port, security.clientTLS(showsCertificate: true))
            try client.check("PING", is: "PONG")
        }
    }

    @Test func `certificates of another authority, expired ones and those for servers do not let a client in`()
        async throws
    {
        let security = try TestSecurity()
        let authority = try TestAuthority()
        try security.write(authority.certificate, "ca.pem")
        try security.put(authority.issue(.server, [.address(127, 0, 0, 1)]), "server")
        try security.put(TestAuthority().issue(.client, [.dns("billing")]), "foreign")
        try security.put(authority.issue(.client, [.dns("billing")], days: (-3, -1)), "expired")
        try security.put(authority.issue(.client, [.dns("billing")], days: (1, 3)), "early")
        try security.put(authority.issue(.server, [.dns("billing")]), "wrong")
        try security.put(authority.issue(.client, [.dns("billing")]), "good")
        try await wire(Self.secured(security, asksClients: true)) { port in
            for name in ["foreign", "expired", "early", "wrong"] {
                let tls = ClientConfiguration.TLS(
                    trust: .file(security.authority), certificate: security.path("\(name).pem"),
                    key: security.path("\(name).key"))
                #expect(Self.fails({ _ = try Self.client(port, tls) }, "ALERT"), "\(name)")
            }
            let tls = ClientConfiguration.TLS(
                trust: .file(security.authority), certificate: security.path("good.pem"),
                key: security.path("good.key"))
            try Self.client(port, tls).check("PING", is: "PONG")
        }
    }

    @Test func `TLS 1.1 is refused`() async throws {
        let security = try TestSecurity()
        try await wire(Self.secured(security)) { port in
            #expect(
                Self.fails(
                    { _ = try Self.client(port, security.clientTLS(), .init(isOld: true)) }, "PROTOCOL_VERSION"))
        }
    }

    @Test func `plain text is answered with a line that says what to use, and with nothing of itself`() async throws {
        let security = try TestSecurity()
        try await wire(Self.secured(security)) { port in
            let client = try WireClient(port, hello: nil, isPlain: true)
            try client.put(Array("HELLO 1 token=secret\r\nPUB a 5\r\nhello\r\n".utf8))
            let lines = try client.plainRest()
            #expect(lines == "ERR hello-required this port speaks TLS; use martlets://\r\n")
        }
    }

    @Test func `TLS is told by a port without it at once that it speaks none`() async throws {
        let security = try TestSecurity()
        try await TestBroker.run { port in
            let engine = try TLSEngine(security.clientTLS())
            let client = try WireClient(port, hello: nil, isPlain: true)
            try client.put(engine.takeOutput())
            #expect(try client.plainRest().hasPrefix("ERR hello-required "))
        }
    }

    @Test func `a handshake that does not end in time ends the connection without a word`() async throws {
        let security = try TestSecurity()
        let configuration = Self.secured(security) {
            $0.helloTimeout = 200
            $0.helloTimeoutLocal = 60_000
        }
        try await wire(configuration) { port in
            let silent = try WireClient(port, hello: nil, isPlain: true)
            #expect(try silent.plainRest() == "")
            let half = try WireClient(port, hello: nil, isPlain: true)
            try half.put(Array(TLSEngine(security.clientTLS()).takeOutput().prefix(50)))
            #expect(try half.plainRest() == "")
            // Behind the handshake a person may take longer.
            let slow = try Self.client(port, security.clientTLS(), hello: nil)
            try slow.handshake()
            usleep(400_000)
            #expect(try slow.ask("HELLO 1").hasPrefix("OK 1 "))
        }
    }

    @Test(arguments: [true, false])
    func `who ends its input still gets all answers, with a goodbye of TLS and without`(orderly: Bool) async throws {
        let security = try TestSecurity()
        try await wire(Self.secured(security)) { port in
            let client = try WireClient(port, receiveBuffer: 65_536, tls: try TLSEngine(security.clientTLS()))
            let body = String(repeating: "b", count: 1 << 20)
            for offset in 1...6 { try client.check("PUB a \(1 << 20)", body, is: "OK \(offset) subs=0") }
            try client.send(String(repeating: "PEEK a 1 limit=1\r\n", count: 6))
            try client.endInput(orderly: orderly)
            var bytes = 0
            for _ in 1...6 { bytes += try client.reply().data.count }
            #expect(bytes > 6 << 20)
            #expect(try client.rest() == [])
        }
    }

    @Test func `a goodbye of TLS alone ends the input as well`() async throws {
        let security = try TestSecurity()
        try await wire(Self.secured(security)) { port in
            let client = try Self.client(port, security.clientTLS())
            try client.say("PING")
            try client.sayGoodbye()
            #expect(try client.reply().line == "PONG")
            #expect(try client.rest() == [])
        }
    }

    @Test func `a client that takes nothing is closed by the stall rule, and one that takes a little is not`()
        async throws
    {
        let security = try TestSecurity()
        let configuration = Self.secured(security) { $0.stallTimeout = 2_000 }
        try await wire(configuration) { port in
            let publisher = try Self.client(port, security.clientTLS())
            for offset in 1...1_000 {
                try publisher.check("PUB a 4000", String(repeating: "b", count: 4_000), is: "OK \(offset) subs=0")
            }
            let tls = try TLSEngine(security.clientTLS())
            let slow = try WireClient(port, receiveBuffer: 4_096, tls: tls)
            try slow.check("SUB 1 a slow from=earliest window=10000", is: "OK created lease=30s")
            let stuck = try WireClient(port, receiveBuffer: 4_096, tls: try TLSEngine(security.clientTLS()))
            try stuck.check("SUB 1 a stuck from=earliest window=10000", is: "OK created lease=30s")
            for offset in 1...1_000 {
                try slow.checkMessage(offset: UInt64(offset))
                if offset.isMultiple(of: 25) { usleep(100_000) }
            }
            try slow.check("PING", is: "PONG")
            var taken = 0
            // It is cut in the middle of a frame.
            #expect(throws: WireError.self) { while let frame = try stuck.frame() { taken += frame.data.count } }
            #expect(taken < 4_000_000)
        }
    }
}
