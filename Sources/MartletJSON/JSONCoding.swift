// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// How values become bytes and bytes become values, for bodies and for all else that holds JSON.
enum JSONCoding {
    /// What is written in the header `content-type`.
    static let contentType = "application/json"

    /// A value out of bytes.
    static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8], with decoder: JSONDecoder
    ) throws -> Value {
        try decoder.decode(type, from: Data(bytes))
    }

    /// The bytes of a value.
    static func encode(_ value: some Encodable, with encoder: JSONEncoder) throws -> [UInt8] {
        [UInt8](try encoder.encode(value))
    }
}

extension JSONEncoder {
    /// An encoder that writes the keys of objects in their order, so that equal values are equal bytes.
    ///
    /// The broker refuses an id that comes again with another body, and compares bytes. What it cannot put in order is
    /// what Swift itself lists in another order in each process: a `Set`, or a dictionary whose keys are neither text
    /// nor whole numbers. Sort those before they are encoded.
    public static func martlet() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
