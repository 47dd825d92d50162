// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
package import MartletClient
package import MartletServer

/// Certificates for a broker and a client in a folder of their own, signed by one authority.
package final class TestSecurity: Sendable {
    /// What the client's certificate calls it.
    package static let clientName = "billing.test"

    private let folder: TemporaryFolder

    /// Makes the certificates; the broker's is for `127.0.0.1` and `localhost`.
    package init() throws {
        folder = try TemporaryFolder()
        let authority = try TestAuthority()
        try write(authority.certificate, "ca.pem")
        try put(authority.issue(.server, [.address(127, 0, 0, 1), .dns("localhost")]), "server")
        try put(authority.issue(.client, [.dns(Self.clientName)]), "client")
    }

    /// The authority's certificate.
    package var authority: String { path("ca.pem") }
    /// The client's certificate and its key.
    package var client: (certificate: String, key: String) { (path("client.pem"), path("client.key")) }

    /// Writes a certificate and its key as `<name>.pem` and `<name>.key`.
    package func put(_ certificate: TestCertificate, _ name: String) throws {
        try write(certificate.certificate, "\(name).pem")
        try write(certificate.key, "\(name).key")
    }

    /// Writes a file into the folder.
    package func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path(name)), options: .atomic)
    }

    /// The path of a file in the folder.
    package func path(_ name: String) -> String { "\(folder.path)/\(name)" }

    /// Has a broker speak TLS.
    ///
    /// - Parameter asksClients: whether clients must show certificates.
    package func secure(_ configuration: inout ServerConfiguration, asksClients: Bool = false) {
        configuration.tlsCertificate = path("server.pem")
        configuration.tlsKey = path("server.key")
        if asksClients { configuration.tlsClientCA = authority }
    }

    /// What a client of the broker is set up with.
    ///
    /// - Parameter showsCertificate: whether it shows its certificate.
    package func clientTLS(showsCertificate: Bool = false) -> ClientConfiguration.TLS {
        ClientConfiguration.TLS(
            trust: .file(authority), certificate: showsCertificate ? client.certificate : nil,
            key: showsCertificate ? client.key : nil)
    }
}
