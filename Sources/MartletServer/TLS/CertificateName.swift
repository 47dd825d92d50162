// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOSSL
import SwiftASN1
import X509

/// The name of the client in its certificate.
enum CertificateName {
    /// The longest name, in bytes.
    static let longest = 255

    /// The name of a certificate.
    ///
    /// It is the first alternative name that is a DNS name, a URI or an e-mail address; without one the last common
    /// name of the subject. One with other characters than printable ASCII, or that is too long, is no name.
    static func name(of certificate: NIOSSLCertificate) -> String? {
        guard let bytes = try? certificate.toDERBytes(), let certificate = try? Certificate(derEncoded: bytes) else {
            return nil
        }
        return name(of: certificate)
    }

    static func name(of certificate: Certificate) -> String? {
        guard let name = alternative(certificate) ?? common(certificate) else { return nil }
        guard (1...longest).contains(name.utf8.count), name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        return name
    }

    private static func alternative(_ certificate: Certificate) -> String? {
        guard let names = try? certificate.extensions.subjectAlternativeNames else { return nil }
        for name in names {
            switch name {
            case .dnsName(let text), .uniformResourceIdentifier(let text), .rfc822Name(let text): return text
            default: continue
            }
        }
        return nil
    }

    private static func common(_ certificate: Certificate) -> String? {
        for part in certificate.subject.reversed() {
            for attribute in part where attribute.type == .NameAttributes.commonName {
                return String(describing: attribute.value)
            }
        }
        return nil
    }
}
