// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A result that can be read from an object of the broker.
protocol ReadableResult: AdministrationResult {
    /// Reads the object.
    ///
    /// - Throws: `protocolViolation` when a member is missing, or is something else than was agreed.
    init(_ fields: ResultFields) throws(ClientError)
}

extension ReadableResult {
    /// The result that an answer holds.
    static func one(_ json: [UInt8]) throws(ClientError) -> Self {
        guard let value = JSONValue(json) else { throw ResultFields.violation("an object") }
        return try Self(ResultFields(value, rawJSON: json))
    }

    /// The results that an answer holds.
    static func list(_ json: [UInt8]) throws(ClientError) -> [Self] {
        var parser = JSONParser(json)
        guard let elements = parser.elements() else { throw ResultFields.violation("a list") }
        var results: [Self] = []
        for (value, text) in elements { results.append(try Self(ResultFields(value, rawJSON: Array(text)))) }
        return results
    }
}
