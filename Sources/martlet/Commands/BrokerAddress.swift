// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// What people write as the address of a broker.
enum BrokerAddress {
    /// Where a broker listens that was not told anything else.
    static let usual = ClientConfiguration.Address(host: "127.0.0.1")

    /// What is expected, for the message about a text that is no address.
    static let expectation = "expected host, host:port, martlet://host:port or a port of this machine, such as 7250"

    /// Reads an address; nil when the text is none.
    static func parse(_ text: String) -> ClientConfiguration.Address? {
        let scheme = "martlet://"
        let rest = text.hasPrefix(scheme) ? String(text.dropFirst(scheme.count)) : text
        // As a host a bare number would be an address such as 0.0.28.83.
        if rest.allSatisfy({ $0.isASCII && $0.isNumber }) {
            return UInt16(rest).flatMap { $0 > 0 ? .init(host: usual.host, port: Int($0)) : nil }
        }
        return rest.contains(",") ? nil : ClientConfiguration.Address(rest)
    }
}
