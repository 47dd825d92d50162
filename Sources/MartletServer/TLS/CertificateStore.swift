// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
import NIOSSL

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension ServerConfiguration {
    /// Checks that the files of TLS that it names, if any, can be used.
    package func checkCertificates() throws(ServerError) { _ = try CertificateStore(self) }
}

/// The certificates that new connections are secured with, which can be replaced while the server runs.
final class CertificateStore: Sendable {
    /// Before its end a certificate is worth a warning for so long.
    private static let warningDays = 14

    private let files: CertificateFiles
    private let contents: Lock<CertificateFiles.Contents>

    /// Reads the certificates for the first time.
    ///
    /// - Returns: nil when the settings name none.
    /// - Throws: `ServerError` when they cannot be used.
    init?(_ configuration: ServerConfiguration) throws(ServerError) {
        guard let files = try CertificateFiles(configuration) else { return nil }
        self.files = files
        contents = Lock(try files.read())
    }

    /// Whether clients have to show certificates.
    var asksClients: Bool { files.clientAuthority != nil }

    /// What the next connection is secured with.
    var context: NIOSSLContext { contents.withLock { $0.context } }

    /// Reads the files again; connections that are open keep what they have.
    ///
    /// - Returns: what is to be told; when the files cannot be used, those that were read before stay in use.
    func reload() -> ServerNotice {
        do throws(ServerError) {
            try files.checkKinds()
            let read = try files.read()
            contents.withLock { $0 = read }
            return .certificatesRead
        } catch {
            return .certificatesKept(error: "\(error)")
        }
    }

    /// What is to be told about the end of the server's certificate; nil while that is far.
    func warning() -> ServerNotice? {
        let days = (contents.withLock { $0.end } - time(nil)) / 86_400
        return days < Self.warningDays ? .certificateEnds(days: days) : nil
    }
}
