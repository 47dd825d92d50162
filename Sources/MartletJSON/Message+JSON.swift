// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

public import MartletClient

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Message {
    /// The body as a value that was published as JSON.
    ///
    ///     let order = try message.decode(Order.self)
    ///
    /// A body that does not decode today will not decode at its next delivery: a handler that lets the error through
    /// has the message delivered until it is a dead letter. Catch it and reject the message, which makes it a dead
    /// letter at once, which keeps the body for when the type has learned it.
    ///
    /// - Throws: `DecodingError` that says what in the body is not as the type wants it.
    public func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, with decoder: JSONDecoder = JSONDecoder()
    ) throws -> Value {
        try JSONCoding.decode(type, from: body, with: decoder)
    }
}
