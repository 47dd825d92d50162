// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

public import MartletClient

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension BodyCoding where Value: Codable {
    /// Values as JSON.
    ///
    /// - Parameters:
    ///   - encoder: Makes an encoder; begin with `JSONEncoder.martlet()`, so that equal values are equal bytes.
    ///   - decoder: Makes a decoder.
    public static func json(
        encoder: @escaping @Sendable () -> JSONEncoder = { .martlet() },
        decoder: @escaping @Sendable () -> JSONDecoder = { JSONDecoder() }
    ) -> BodyCoding {
        BodyCoding(contentType: JSONCoding.contentType) { value in
            try JSONCoding.encode(value, with: encoder())
        } decode: { bytes in
            do {
                return try JSONCoding.decode(Value.self, from: bytes, with: decoder())
            } catch let error as DecodingError {
                throw BodyMismatch(error)
            }
        }
    }
}

extension Topic where Value: Codable {
    /// Makes a topic of values in JSON.
    public init(_ name: String) { self.init(name, coding: .json()) }
}

extension Space where Value: Codable {
    /// Makes a space of values in JSON.
    public init(_ name: String) { self.init(name, coding: .json()) }
}

extension BodyMismatch {
    /// What a decoder found, and where.
    init(_ error: DecodingError) {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            self.init(place: Self.place(context.codingPath), problem: context.debugDescription)
        case .keyNotFound(let key, let context):
            self.init(place: Self.place(context.codingPath + [key]), problem: "it is missing")
        @unknown default: self.init(problem: "\(error)")
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        var place = ""
        for key in path {
            if let index = key.intValue {
                place += "[\(index)]"
            } else {
                place += place.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
        return place
    }
}
