// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

extension ClientConfiguration {
    /// How connections are secured: whose brokers the client trusts, and what it shows of itself.
    ///
    /// At least TLS 1.2 is spoken, and the broker's certificate must be for the host of the address. There is no way to
    /// do without either. The files are read for each connection, so that the next one uses a certificate that was
    /// replaced.
    public struct TLS: Sendable, Hashable {
        /// Who may have signed the certificate of a broker.
        public enum Trust: Sendable, Hashable {
            /// The authorities that this machine trusts.
            case system
            /// The authorities in a file in PEM form, and no others.
            case file(String)
        }

        /// Who may have signed the certificate of a broker.
        public var trust: Trust
        /// The file with the client's certificate in PEM form, and those behind it; nil shows none.
        public var certificate: String?
        /// The file with the key of that certificate, in PEM form without a passphrase.
        public var key: String?

        /// Says how connections are secured; a certificate needs its key.
        public init(trust: Trust = .system, certificate: String? = nil, key: String? = nil) {
            self.trust = trust
            self.certificate = certificate
            self.key = key
        }
    }
}
