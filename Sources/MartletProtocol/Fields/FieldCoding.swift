// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Field values as lines carry them: bytes that are not printable ASCII, and `%`, as `%XX`.
package enum FieldCoding {
    /// Bytes as a field carries them.
    package static func encode(_ bytes: [UInt8]) -> String {
        var buffer = ByteBuffer()
        buffer.writeField(bytes)
        return String(buffer: buffer)
    }

    /// The bytes that a field stands for; nil when it is not written as values are.
    package static func decode(_ field: UnsafeRawBufferPointer) -> [UInt8]? { Value.bytes(field) }

    /// The text that a field stands for; nil when it is not written as values are, or not UTF-8.
    package static func decode(_ field: some StringProtocol) -> String? {
        Array(field.utf8).withUnsafeBytes(Value.bytes).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
