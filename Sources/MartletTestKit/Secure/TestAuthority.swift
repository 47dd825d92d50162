// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import FoundationEssentials
import SwiftASN1
import X509

/// An authority that signs certificates for tests, made anew for each.
package struct TestAuthority {
    /// A name that a certificate is for.
    package enum Name {
        case dns(String)
        case uri(String)
        case email(String)
        /// An IPv4 address.
        case address(UInt8, UInt8, UInt8, UInt8)
    }

    /// What a certificate may be used for.
    package enum Purpose {
        case server
        case client
    }

    /// The authority's own certificate, in PEM form.
    package let certificate: String
    private let name: DistinguishedName
    private let key: Certificate.PrivateKey

    /// Makes an authority.
    package init(_ name: String = "Test Authority") throws {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        self.key = key
        self.name = try DistinguishedName { CommonName(name) }
        let own = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
            notValidBefore: Date(timeIntervalSinceNow: -86_400), notValidAfter: Date(timeIntervalSinceNow: 86_400),
            issuer: self.name, subject: self.name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true))
            }, issuerPrivateKey: key)
        certificate = try own.serializeAsPEM().pemString
    }

    /// Signs a certificate.
    ///
    /// - Parameters:
    ///   - names: its alternative names.
    ///   - common: its common name; nil for a subject without one.
    ///   - days: when it begins and when it ends, in days from now.
    package func issue(
        _ purpose: Purpose, _ names: [Name], common: String? = nil, days: (from: Double, to: Double) = (-1, 1)
    ) throws -> TestCertificate {
        let own = P256.Signing.PrivateKey()
        let subject = try DistinguishedName { if let common { CommonName(common) } }
        let signed = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PrivateKey(own).publicKey,
            notValidBefore: Date(timeIntervalSinceNow: days.from * 86_400),
            notValidAfter: Date(timeIntervalSinceNow: days.to * 86_400), issuer: name, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                try ExtendedKeyUsage([purpose == .server ? .serverAuth : .clientAuth])
                if !names.isEmpty { SubjectAlternativeNames(names.map(Self.general)) }
            }, issuerPrivateKey: key)
        return TestCertificate(certificate: try signed.serializeAsPEM().pemString, key: own.pemRepresentation)
    }

    private static func general(_ name: Name) -> GeneralName {
        switch name {
        case .dns(let text): .dnsName(text)
        case .uri(let text): .uniformResourceIdentifier(text)
        case .email(let text): .rfc822Name(text)
        case .address(let a, let b, let c, let d): .ipAddress(ASN1OctetString(contentBytes: [a, b, c, d]))
        }
    }
}
