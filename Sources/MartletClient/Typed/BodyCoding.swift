// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How values of a type become bytes and bytes become values.
public struct BodyCoding<Value: Sendable>: Sendable {
    /// What messages say in the header `content-type`, unless their headers already say something; nil is nothing.
    public var contentType: String?
    let encode: @Sendable (Value) throws -> [UInt8]
    let decode: @Sendable ([UInt8]) throws -> Value

    /// Makes a coding.
    ///
    /// - Parameters:
    ///   - contentType: What messages say in the header `content-type`.
    ///   - encode: Gives the bytes of a value; equal values should be equal bytes, so that a repeat is recognised.
    ///   - decode: Gives the value of bytes, or throws, best a `BodyMismatch` that says what is wrong and where.
    public init(
        contentType: String? = nil, encode: @escaping @Sendable (Value) throws -> [UInt8],
        decode: @escaping @Sendable ([UInt8]) throws -> Value
    ) {
        self.contentType = contentType
        self.encode = encode
        self.decode = decode
    }
}
