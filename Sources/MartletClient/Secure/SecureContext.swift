// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOSSL

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What the files of a client's TLS configuration hold, ready to secure a connection.
struct SecureContext: Sendable {
    private let context: NIOSSLContext

    /// Reads the files.
    ///
    /// - Throws: `ClientError` with code `badArgument` that names the file that is at fault.
    init(_ tls: ClientConfiguration.TLS) throws(ClientError) {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.minimumTLSVersion = .tlsv12
        settings.applicationProtocols = ["martlet/1"]
        settings.certificateVerification = .fullVerification
        settings.shutdownTimeout = .seconds(1)
        if case .file(let path) = tls.trust {
            settings.trustRoots = .certificates(try Self.certificates("the authorities", path))
        }
        switch (tls.certificate, tls.key) {
        case (nil, nil): break
        case (let certificate?, let key?):
            settings.certificateChain = try Self.certificates("the client's certificate", certificate).map {
                .certificate($0)
            }
            settings.privateKey = .privateKey(try Self.key(key))
        case (nil, _), (_, nil):
            throw ClientError(
                .badArgument, "TLS: a client's certificate and its key go together; one of them is missing")
        }
        do {
            context = try NIOSSLContext(configuration: settings)
        } catch {
            throw ClientError(
                .badArgument, "TLS: the key in '\(tls.key ?? "")' is not the one of the client's certificate",
                cause: error)
        }
    }

    /// What secures a connection to a host; the host's name is always verified.
    func makeHandler(host: String) throws -> NIOSSLClientHandler {
        // An address in digits is compared with the addresses in the certificate.
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }

    private static func certificates(_ what: String, _ path: String) throws(ClientError) -> [NIOSSLCertificate] {
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(path)
            if !certificates.isEmpty { return certificates }
        } catch {
            throw failure(what, path, "it holds no certificates in PEM form", error)
        }
        throw ClientError(.badArgument, "TLS: cannot use \(what) in '\(path)': it holds no certificates in PEM form")
    }

    private static func key(_ path: String) throws(ClientError) -> NIOSSLPrivateKey {
        do {
            return try NIOSSLPrivateKey(file: path, format: .pem)
        } catch {
            throw failure("the client's key", path, "it holds no key in PEM form without a passphrase", error)
        }
    }

    private static func failure(_ what: String, _ path: String, _ otherwise: String, _ error: any Error) -> ClientError
    {
        var reason = otherwise
        if access(path, R_OK) != 0 {
            // SAFETY: `strerror` answers a string for every number, which is copied at once.
            reason = strerror(errno).map { String(cString: $0).lowercased() } ?? "it cannot be read"
        }
        return ClientError(.badArgument, "TLS: cannot use \(what) in '\(path)': \(reason)", cause: error)
    }
}
