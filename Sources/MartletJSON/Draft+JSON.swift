// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

public import MartletClient

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Draft {
    /// Makes a message to be published whose body is a value as JSON.
    ///
    ///     try await client.publish(Draft("orders", json: order, id: order.number))
    ///
    /// The header `content-type` says `application/json`, unless the headers already say something. Equal values are
    /// equal bytes, so that a repeat with the same id is recognised rather than refused as `id-conflict`; see
    /// `JSONEncoder.martlet()` for the values that this cannot hold for. Begin with that for an encoder of your own.
    ///
    /// - Throws: `EncodingError` when the value has no form in JSON, as a number that is infinite.
    public init(
        _ topic: String, json value: some Encodable, id: String? = nil, key: String? = nil, process: String? = nil,
        cause: String? = nil, headers: Headers = Headers(), delay: Duration? = nil, at: UInt64? = nil,
        ttl: Duration? = nil, with encoder: JSONEncoder = .martlet()
    ) throws {
        let body = try JSONCoding.encode(value, with: encoder)
        self.init(
            topic, body: body, id: id, key: key, process: process, cause: cause, headers: headers, delay: delay,
            at: at, ttl: ttl)
        if self.headers["content-type"] == nil { self.headers["content-type"] = JSONCoding.contentType }
    }
}
