// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import MartletClient
import MartletModel
import MartletServer
import MartletTestKit
import Testing

/// Clients over TLS: what goes on as without, and what is told about certificates that do not fit.
@Suite(.timeLimit(.minutes(5))) struct SecureTests {
    private static func server(_ security: TestSecurity, asksClients: Bool = false) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        security.secure(&configuration, asksClients: asksClients)
        return configuration
    }

    private static func configuration(
        _ port: Int, _ tls: ClientConfiguration.TLS?, host: String = "127.0.0.1"
    ) -> ClientConfiguration {
        var configuration = OnBroker.configuration(port)
        configuration.addresses = [.init(host: host, port: port)]
        configuration.tls = tls
        return configuration
    }

    /// Why a client of a broker ends.
    private static func failure(_ configuration: ClientConfiguration) async -> ClientError? {
        var configuration = configuration
        configuration.maxConnectAttempts = configuration.maxConnectAttempts ?? 3
        do {
            try await Client.with(configuration, logger: OnBroker.logger) {
                _ = try await $0.publish(Draft("a", body: [1]))
            }
            return nil
        } catch {
            return error as? ClientError
        }
    }

    /// Runs what blocks on a thread of its own.
    private func blocking(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result { try body() }) }.start()
        }
    }

    @Test(arguments: [false, true])
    func `messages are published and consumed, and a client comes back`(asksClients: Bool) async throws {
        let security = try TestSecurity()
        try await TestBroker.with(Self.server(security, asksClients: asksClients)) { broker in
            let configuration = Self.configuration(
                broker.port, security.clientTLS(showsCertificate: asksClients), host: "localhost")
            try await Client.with(configuration, logger: OnBroker.logger) { client in
                let bodies = Recorder<[UInt8]>()
                try await alongside {
                    try await client.consume("a", as: "s", from: .earliest) { bodies.append($0.body) }
                } _: {
                    let large = [UInt8](repeating: 7, count: 1 << 20)
                    try await client.publish(Draft("a", body: large))
                    try await bodies.wait(for: 1)
                    try await broker.restart(.killed)
                    try await client.publish(Draft("a", body: [1, 2]))
                    try await bodies.wait(for: 2)
                    #expect(bodies.all.contains(large) && bodies.all.contains([1, 2]))
                }
            }
        }
    }

    @Test func `a certificate that is not trusted, has expired or is for another host ends a client at once`()
        async throws
    {
        let security = try TestSecurity()
        let authority = try TestAuthority()
        try security.write(authority.certificate, "ca.pem")
        let cases: [(TestCertificate, String)] = [
            (try TestAuthority().issue(.server, [.address(127, 0, 0, 1)]), "no authority that this client trusts"),
            (try authority.issue(.server, [.address(127, 0, 0, 1)], days: (-3, -1)), "has expired"),
            (try authority.issue(.server, [.address(127, 0, 0, 1)], days: (1, 3)), "is not valid yet"),
            (try authority.issue(.server, [.dns("other.test")]), "for another host than '127.0.0.1'"),
        ]
        for (certificate, reason) in cases {
            try security.put(certificate, "server")
            try await TestBroker.with(Self.server(security)) { broker in
                var configuration = Self.configuration(broker.port, security.clientTLS())
                configuration.maxConnectAttempts = 1_000_000
                let error = await Self.failure(configuration)
                #expect(error?.code == .certificate)
                #expect(error?.message.contains(reason) == true, "\(error?.message ?? "none")")
            }
        }
    }

    @Test func `a client that the broker refuses for its certificate is told so`() async throws {
        let security = try TestSecurity()
        try security.put(TestAuthority().issue(.client, [.dns("x")]), "client")
        try await TestBroker.with(Self.server(security, asksClients: true)) { broker in
            for shows in [false, true] {
                let error = await Self.failure(
                    Self.configuration(broker.port, security.clientTLS(showsCertificate: shows)))
                #expect(error?.code == .certificate)
                #expect(error?.message.contains("refuses this client") == true, "\(error?.message ?? "none")")
            }
        }
    }

    @Test func `a broker that is not there is unreachable and not a matter of certificates`() async throws {
        let security = try TestSecurity()
        let port = try await TestBroker.run { $0 }
        let error = await Self.failure(Self.configuration(port, security.clientTLS()))
        #expect(error?.code == .unreachable)
        #expect(error?.message.contains("connection refused") == true, "\(error?.message ?? "none")")
    }

    @Test func `plain text where TLS is spoken, and TLS where it is not, say what to use`() async throws {
        let security = try TestSecurity()
        try await TestBroker.with(Self.server(security)) { broker in
            let error = await Self.failure(Self.configuration(broker.port, nil))
            #expect(error?.code == .refused("hello-required"))
            #expect(error?.message.contains("use martlets://") == true, "\(error?.message ?? "none")")
        }
        try await TestBroker.with { broker in
            let error = await Self.failure(Self.configuration(broker.port, security.clientTLS()))
            #expect(error?.code == .unreachable)
            #expect(error?.message.contains("use martlet://") == true, "\(error?.message ?? "none")")
        }
    }

    @Test func `a client whose broker comes back with a bad certificate goes on when it is mended`() async throws {
        let security = try TestSecurity()
        let authority = try TestAuthority()
        try security.write(authority.certificate, "ca.pem")
        let good = try authority.issue(.server, [.address(127, 0, 0, 1)])
        try security.put(good, "server")
        try await TestBroker.with(Self.server(security)) { broker in
            let lines = Recorder<String>()
            let configuration = Self.configuration(broker.port, security.clientTLS())
            try await Client.with(configuration, logger: RecordedLog.logger(lines)) { client in
                try await client.publish(Draft("a", body: [1]))
                try await broker.stop()
                try security.put(TestAuthority().issue(.server, [.address(127, 0, 0, 1)]), "server")
                try await broker.start()
                try await lines.wait { $0.contains { $0.contains("no authority that this client trusts") } }
                try security.put(good, "server")
                try await broker.restart()
                try await client.publish(Draft("a", body: [2]))
            }
        }
    }

    @Test func `the connection of the commands speaks TLS too`() async throws {
        let security = try TestSecurity()
        try await TestBroker.with(Self.server(security, asksClients: true)) { broker in
            try await blocking {
                let tls = security.clientTLS(showsCertificate: true)
                let connection = try BlockingConnection(Self.configuration(broker.port, tls))
                #expect(try connection.request(.info(.broker)).word == "DATA")
                connection.close()
                let error = #expect(throws: ClientError.self) {
                    let connection = try BlockingConnection(Self.configuration(broker.port, security.clientTLS()))
                    _ = try connection.request(.info(.broker))
                }
                #expect(error?.code == .certificate)
            }
        }
    }
}
