// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials
public import MartletClient

extension Message {
    /// The body as a value that was published as JSON.
    ///
    /// - Throws: `DecodingError` that says what in the body is not as the type wants it.
    public func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, with decoder: JSONDecoder = JSONDecoder()
    ) throws -> Value {
        try decoder.decode(type, from: Data(body))
    }
}
