// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Field values as lines carry them: bytes that are not printable ASCII, and `%`, as `%XX`.
package enum FieldCoding {
    /// The value as a line carries it.
    package static func encode(_ value: String) -> String {
        var value = value
        return value.withUTF8 { bytes in
            String(unsafeUninitializedCapacity: 3 * bytes.count + 1) { space in
                var writer = WireWriter(UnsafeMutableRawBufferPointer(space))
                writer.field(UnsafeRawBufferPointer(bytes))
                return writer.count
            }
        }
    }

    /// The value that a line carries; nil when it is not written as values are.
    package static func decode(_ field: some StringProtocol) -> String? {
        Array(field.utf8).withUnsafeBytes(Value.bytes).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
