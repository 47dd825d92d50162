// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOSSL

/// What an error of TLS means to people.
enum TLSFailure {
    private static let meanings = [
        ("PEER_DID_NOT_RETURN_A_CERTIFICATE", "the client shows no certificate, and server.tls-client-ca needs one"),
        (
            "CERTIFICATE_VERIFY_FAILED",
            "the client's certificate has expired, or none of server.tls-client-ca has signed it"
        ),
        ("UNSUPPORTED_PROTOCOL", "the client speaks no TLS from 1.2 on"),
        ("ALERT_UNKNOWN_CA", "the client does not trust the server's certificate"),
        ("ALERT_BAD_CERTIFICATE", "the client does not accept the server's certificate"),
        ("ALERT_CERTIFICATE_EXPIRED", "the client finds that the server's certificate has expired"),
        ("ALERT_CERTIFICATE_UNKNOWN", "the client does not accept the server's certificate"),
        ("EOF during", "the client has closed the connection"),
    ]

    /// Why, in a few words.
    static func text(_ error: any Error) -> String {
        let text = "\(error)"
        return meanings.first { text.contains($0.0) }?.1 ?? reason(text)
    }

    /// The name that BoringSSL has for it, without the places in its source.
    private static func reason(_ text: String) -> String {
        let words = text.split { !($0.isLetter || $0.isNumber || $0 == "_") }
        let name = words.first { word in
            word.count > 4 && word.contains("_") && word.allSatisfy { $0.isUppercase || $0 == "_" || $0.isNumber }
        }
        return name.map { $0.split(separator: "_").joined(separator: " ").lowercased() } ?? text
    }
}
