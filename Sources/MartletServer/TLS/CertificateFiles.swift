// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOSSL

/// Where the certificates of a server lie, as its settings name them.
struct CertificateFiles: Sendable {
    /// The server's own certificate, followed by those that lead to its root.
    let certificate: String
    /// The key of that certificate.
    let key: String
    /// The authorities that sign certificates of clients; nil asks clients for none.
    let clientAuthority: String?

    /// Takes the files that the settings name; nil when they name none, so that the server speaks no TLS.
    ///
    /// - Throws: `ServerError` when one is named without another that it needs.
    init?(_ configuration: ServerConfiguration) throws(ServerError) {
        let names = [
            ("server.tls-certificate", configuration.tlsCertificate), ("server.tls-key", configuration.tlsKey),
            ("server.tls-client-ca", configuration.tlsClientCA),
        ]
        guard let named = names.first(where: { !$0.1.isEmpty }) else { return nil }
        if let missing = names.prefix(2).first(where: { $0.1.isEmpty }) {
            throw ServerError(
                .configuration, "\(missing.0) is not set, but \(named.0) is; TLS needs a certificate and its key")
        }
        certificate = configuration.tlsCertificate
        key = configuration.tlsKey
        clientAuthority = configuration.tlsClientCA.isEmpty ? nil : configuration.tlsClientCA
    }

    /// What was read from the files.
    struct Contents {
        /// What connections are secured with.
        var context: NIOSSLContext
        /// When the server's certificate ends, in Unix seconds.
        var end: Int
    }

    /// Reads the files.
    ///
    /// - Throws: `ServerError` that names the setting and the file that is at fault.
    func read() throws(ServerError) -> Contents {
        let chain = try certificates("server.tls-certificate", certificate)
        let ownKey: NIOSSLPrivateKey
        do {
            ownKey = try NIOSSLPrivateKey(file: key, format: .pem)
        } catch {
            throw Self.failure("server.tls-key", key, "expected a private key in PEM form without a passphrase", error)
        }
        var settings = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(ownKey))
        settings.minimumTLSVersion = .tlsv12
        settings.applicationProtocols = ["martlet/1"]
        settings.shutdownTimeout = ConnectionState.linger
        if let clientAuthority {
            settings.trustRoots = .certificates(try certificates("server.tls-client-ca", clientAuthority))
            settings.certificateVerification = .noHostnameVerification
            settings.sendCANameList = true
        }
        do {
            return Contents(context: try NIOSSLContext(configuration: settings), end: Int(chain[0].notValidAfter))
        } catch {
            throw Self.failure(
                "server.tls-key", key, "expected the key of the certificate in '\(certificate)'", error)
        }
    }

    /// Refuses what cannot be read without waiting, since a read that waits would keep the server from stopping.
    ///
    /// At the start a person sees that it waits.
    func checkKinds() throws(ServerError) {
        let files = [
            ("server.tls-certificate", certificate), ("server.tls-key", key), ("server.tls-client-ca", clientAuthority),
        ]
        for case (let setting, let path?) in files where FileAccess.isUnending(path) {
            throw ServerError(.configuration, "\(setting): cannot use '\(path)' again; it is a pipe or a device")
        }
    }

    private func certificates(_ setting: String, _ path: String) throws(ServerError) -> [NIOSSLCertificate] {
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(path)
            if !certificates.isEmpty { return certificates }
        } catch {
            throw Self.failure(setting, path, "expected certificates in PEM form", error)
        }
        throw ServerError(.configuration, "\(setting): '\(path)' holds no certificate; expected some in PEM form")
    }

    private static func failure(_ setting: String, _ path: String, _ expectation: String, _ error: any Error)
        -> ServerError
    {
        // BoringSSL tells of a file that is not there and of one that holds something else in the same way.
        let reason = FileAccess.complaint(about: path) ?? expectation
        return ServerError(.configuration, "\(setting): cannot use '\(path)'; \(reason)", cause: error)
    }
}
