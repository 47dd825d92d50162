// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

public import MartletClient

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Record {
    /// The value as what was set as JSON.
    ///
    ///     let cart = try await step.record("carts", message.process ?? "")?.decode(Cart.self)
    ///
    /// - Throws: `DecodingError` that says what in the value is not as the type wants it.
    public func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, with decoder: JSONDecoder = JSONDecoder()
    ) throws -> Value {
        try JSONCoding.decode(type, from: value, with: decoder)
    }
}

extension Step {
    /// Sets a record to a value as JSON, with the ack: one that was read in this step has to have the version that was
    /// read, one that was not may have any.
    ///
    /// - Parameters:
    ///   - space: The space of the record.
    ///   - key: The key of the record.
    ///   - value: At most 65,536 bytes as JSON.
    ///   - ttl: After which time it expires; nil means never.
    ///   - encoder: What writes the JSON.
    /// - Throws: `EncodingError` when the value has no form in JSON, as a number that is infinite.
    public func set(
        _ space: String, _ key: String, json value: some Encodable, ttl: Duration? = nil,
        with encoder: JSONEncoder = .martlet()
    ) throws {
        set(space, key, to: try JSONCoding.encode(value, with: encoder), ttl: ttl)
    }
}

extension Client {
    /// Sets a record to a value as JSON if it has the expected version.
    ///
    /// - Parameters:
    ///   - space: The space of the record.
    ///   - key: The key of the record.
    ///   - value: At most 65,536 bytes as JSON.
    ///   - expected: Which version the record must have.
    ///   - ttl: After which time it expires; nil means never.
    ///   - encoder: What writes the JSON.
    /// - Returns: the record's new version.
    /// - Throws: `EncodingError` when the value has no form in JSON; as `setRecord` without JSON does.
    @discardableResult
    public func setRecord(
        _ space: String, _ key: String, json value: some Encodable, expecting expected: ExpectedVersion,
        ttl: Duration? = nil, with encoder: JSONEncoder = .martlet()
    ) async throws -> UInt64 {
        let bytes = try JSONCoding.encode(value, with: encoder)
        return try await setRecord(space, key, to: bytes, expecting: expected, ttl: ttl)
    }
}
