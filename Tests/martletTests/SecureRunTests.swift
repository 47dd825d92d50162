// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletClient
import MartletModel
import MartletTestKit
import Testing

@testable import martlet

/// The commands and `martlet serve` with TLS, as processes of their own.
struct SecureRunTests {
    /// Runs `martlet serve` on any port while `body` runs on a thread, which is given its port.
    private static func serve(
        _ security: TestSecurity, asksClients: Bool = false,
        _ body: @escaping @Sendable (RunningCommand, Int) throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        var environment = [
            "MARTLET_SERVER_TLS_CERTIFICATE": security.path("server.pem"),
            "MARTLET_SERVER_TLS_KEY": security.path("server.key"), "MARTLET_STORAGE_MAP_SIZE": "1GiB",
            "MARTLET_STORAGE_RESERVE_MINIMUM": "1MiB",
        ]
        if asksClients { environment["MARTLET_SERVER_TLS_CLIENT_CA"] = security.authority }
        try await onThread { [environment] in
            let broker = try RunningCommand(
                ["serve", "--port", "0", "--data", folder.path], port: 1, environment: environment)
            defer { broker.send(SIGKILL) }
            var port: Int?
            while port == nil, let line = broker.line() {
                if let address = line.split(separator: "martlets://127.0.0.1:").last, line.contains("address") {
                    port = Int(address)
                }
            }
            try body(broker, try #require(port))
        }
    }

    private static func configuration(_ port: Int, _ tls: ClientConfiguration.TLS) -> ClientConfiguration {
        var configuration = ClientConfiguration(addresses: [.init(host: "127.0.0.1", port: port)])
        configuration.tls = tls
        return configuration
    }

    @Test func `commands speak TLS and show their certificate, by options and by the environment`() async throws {
        let security = try TestSecurity()
        try await Self.serve(security, asksClients: true) { _, port in
            let address = "martlets://127.0.0.1:\(port)"
            let (certificate, key) = security.client
            let options = [
                "--server", address, "--ca", security.authority, "--certificate", certificate, "--certificate-key", key,
            ]
            let publisher = try RunningCommand(["pub", "a"] + options, port: 1)
            try publisher.write("hello\n")
            try publisher.closeInput()
            #expect(try publisher.end().status == 0)
            let reader = try RunningCommand(
                ["sub", "a", "s", "--from", "earliest", "--count", "1"], port: 1,
                environment: [
                    "MARTLET_ADDRESS": address, "MARTLET_CA": security.authority, "MARTLET_CERTIFICATE": certificate,
                    "MARTLET_KEY": key,
                ])
            let end = try reader.end()
            #expect(end.status == 0 && end.output.contains("hello"), "\(end)")
            let stranger = try RunningCommand(["info", "--server", address, "--ca", security.authority], port: 1)
            let refused = try stranger.end()
            #expect(refused.status == 69)
            #expect(refused.complaint.contains("refuses this client: it asks for a certificate"), "\(refused)")
            #expect(refused.complaint.contains("--certificate"))
            let distrustful = try RunningCommand(["info", "--server", address], port: 1)
            #expect(try distrustful.end().complaint.contains("no authority that this client trusts"))
        }
    }

    @Test func `SIGHUP has new connections use new certificates, open ones go on, a bad file changes nothing`()
        async throws
    {
        let security = try TestSecurity()
        let old = security.clientTLS()
        try await Self.serve(security) { broker, port in
            let open = try BlockingConnection(Self.configuration(port, old))
            _ = try open.request(.info(.broker))
            let authority = try TestAuthority("Another Authority")
            try security.write(authority.certificate, "ca-2.pem")
            try security.put(authority.issue(.server, [.address(127, 0, 0, 1)]), "server")
            broker.send(SIGHUP)
            #expect(broker.complains("the certificates were read again"))
            _ = try open.request(.info(.broker))
            let error = #expect(throws: ClientError.self) {
                try BlockingConnection(Self.configuration(port, old))
            }
            #expect(error?.code == .certificate)
            let new = ClientConfiguration.TLS(trust: .file(security.path("ca-2.pem")))
            let newer = try BlockingConnection(Self.configuration(port, new))
            try security.write("no certificate at all", "server.pem")
            broker.send(SIGHUP)
            #expect(broker.complains("server.tls-certificate: cannot use '\(security.path("server.pem"))'"))
            _ = try BlockingConnection(Self.configuration(port, new)).request(.info(.broker))
            _ = try newer.request(.info(.broker))
            _ = try open.request(.info(.broker))
        }
    }

    @Test func `files that cannot be used are named with their setting, and nothing is started`() async throws {
        let security = try TestSecurity()
        try security.write("nothing", "empty.pem")
        let (certificate, key) = (security.path("server.pem"), security.path("server.key"))
        let cases: [(String, String, String, String)] = [
            (certificate, "", "", "server.tls-key is not set"),
            ("", key, "", "server.tls-certificate is not set"),
            ("", "", security.authority, "server.tls-certificate is not set"),
            ("/nowhere.pem", key, "", "server.tls-certificate: cannot use '/nowhere.pem'; no such file"),
            (security.path("empty.pem"), key, "", "server.tls-certificate: "),
            (certificate, security.client.key, "", "server.tls-key: cannot use '\(security.client.key)'; expected"),
            (certificate, key, security.path("empty.pem"), "server.tls-client-ca: "),
        ]
        let folder = try TemporaryFolder()
        for (certificate, key, authority, expected) in cases {
            let end = try await onThread {
                let broker = try RunningCommand(
                    ["serve", "--port", "0", "--data", "\(folder.path)/data"], port: 1,
                    environment: [
                        "MARTLET_SERVER_TLS_CERTIFICATE": certificate, "MARTLET_SERVER_TLS_KEY": key,
                        "MARTLET_SERVER_TLS_CLIENT_CA": authority,
                    ])
                return try broker.end()
            }
            #expect(end.status == 64)
            #expect(end.complaint.contains(expected), "\(end.complaint)")
        }
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/data"))
    }
}
