// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// What people write as the address of a broker.
struct BrokerAddress: Equatable, CustomStringConvertible {
    /// Where a broker listens that was not told anything else.
    static let usual = BrokerAddress(address: ClientConfiguration.Address(host: "127.0.0.1"), isSecure: false)

    /// What is expected, for the message about a text that is no address.
    static let expectation =
        "expected host, host:port, martlet://host:port, martlets://host:port (with TLS) or a port of this machine, "
        + "such as 7250"

    /// The host and the port.
    let address: ClientConfiguration.Address
    /// Whether it is to be reached with TLS.
    let isSecure: Bool

    /// `host:port`, or `martlets://host:port`.
    var description: String { isSecure ? "martlets://\(address)" : "\(address)" }

    private init(address: ClientConfiguration.Address, isSecure: Bool) {
        self.address = address
        self.isSecure = isSecure
    }

    /// Reads an address; nil when the text is none.
    init?(_ text: String) {
        let scheme = ["martlet://", "martlets://"].first { text.hasPrefix($0) } ?? ""
        let rest = String(text.dropFirst(scheme.count))
        isSecure = scheme == "martlets://"
        // As a host a bare number would be an address such as 0.0.28.83.
        if rest.allSatisfy({ $0.isASCII && $0.isNumber }) {
            guard let port = UInt16(rest), port > 0 else { return nil }
            address = ClientConfiguration.Address(host: Self.usual.address.host, port: Int(port))
        } else {
            guard !rest.contains(","), let address = ClientConfiguration.Address(rest) else { return nil }
            self.address = address
        }
    }
}
