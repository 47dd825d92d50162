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

/// What a failure of TLS means to the client.
enum SecureFailure {
    private static let refusals = [
        ("CERTIFICATE_REQUIRED", "it asks for a certificate"),
        ("HANDSHAKE_FAILURE", "it asks for a certificate, or for another kind of encryption"),
        ("ALERT_UNKNOWN_CA", "it does not trust the authority that signed this client's certificate"),
        // One of the same name as the one it trusts has signed it.
        ("DECRYPT_ERROR", "it does not trust the authority that signed this client's certificate"),
        ("CERTIFICATE_EXPIRED", "this client's certificate has expired"),
        ("ALERT_BAD_CERTIFICATE", "it does not accept this client's certificate"),
        ("CERTIFICATE_UNKNOWN", "it does not accept this client's certificate"),
        ("CERTIFICATE_REVOKED", "this client's certificate was revoked"),
        ("UNSUPPORTED_CERTIFICATE", "it does not accept this client's certificate"),
    ]

    /// The error that a failure of TLS stands for; nil when it is another one.
    ///
    /// - Parameter handler: what secured the connection, which knows the broker's certificate.
    static func error(
        _ failure: any Error, _ address: ClientConfiguration.Address, _ handler: NIOSSLHandler?
    ) -> ClientError? {
        let text = "\(failure)"
        switch failure {
        case NIOSSLError.uncleanShutdown: return nil
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            return certificate(address, "it is for another host than '\(address.host)'", failure)
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            if text.contains("CERTIFICATE_VERIFY_FAILED") {
                return certificate(address, verdict(handler?.peerCertificate), failure)
            }
            if let refusal = refusals.first(where: { text.contains("ALERT") && text.contains($0.0) }) {
                return ClientError(
                    .certificate, "the broker at \(address) refuses this client: \(refusal.1)", cause: failure)
            }
            return ClientError(.unreachable, "cannot connect to \(address): \(reason(text))", cause: failure)
        default: return nil
        }
    }

    private static func certificate(
        _ address: ClientConfiguration.Address, _ reason: String, _ cause: any Error
    ) -> ClientError {
        ClientError(.certificate, "the certificate of the broker at \(address) is refused: \(reason)", cause: cause)
    }

    /// Why a certificate was not verified, as far as it tells by itself.
    private static func verdict(_ certificate: NIOSSLCertificate?) -> String {
        let now = time(nil)
        if let certificate, certificate.notValidAfter < now { return "it has expired" }
        if let certificate, certificate.notValidBefore > now { return "it is not valid yet" }
        return "no authority that this client trusts has signed it"
    }

    private static func reason(_ text: String) -> String {
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
            return "it speaks no TLS; use martlet://"
        }
        if text.contains("PROTOCOL_VERSION") || text.contains("UNSUPPORTED_PROTOCOL") {
            return "it speaks no TLS from 1.2 on"
        }
        if text.contains("EOF during handshake") { return "it closed the connection before TLS was agreed on" }
        return "the handshake of TLS failed (\(text))"
    }
}
