// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// Which messages a subscription is about: those that pass all that is named here.
public struct MessageFilter: Sendable, Hashable {
    /// The name of a header, compared without regard to case; nil when no header is asked for.
    public var header: String?
    /// The value that the header must have, byte for byte.
    public var value: String
    /// What the key must begin with; nil when any key will do, or none.
    public var keyPrefix: String?

    /// Makes a filter.
    public init(where header: (name: String, value: String)? = nil, keyPrefix: String? = nil) {
        self.header = header?.name
        value = header?.value ?? ""
        self.keyPrefix = keyPrefix
    }

    var isEmpty: Bool { header == nil && keyPrefix == nil }

    /// As the protocol has it.
    ///
    /// - Throws: `badArgument` that says what cannot be written.
    func filter() throws(ClientError) -> Filter {
        if let header {
            let name = header.utf8
            guard (1...Limits.headerName).contains(name.count), name.allSatisfy(Self.isNameByte) else {
                throw ClientError(.badArgument, "where: '\(header.prefix(40))' is not the name of a header")
            }
            try Check.length(value.utf8.count, "where", Limits.filterValue)
        }
        if let keyPrefix { try Check.identifier(keyPrefix, "keyPrefix") }
        return Filter(
            header: header ?? "", value: Array(value.utf8), keyPrefix: Array((keyPrefix ?? "").utf8))
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
