// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

extension FieldCoding {
    /// The bytes that a field stands for; nil when it is not written as values are.
    package static func decode(_ field: UnsafeRawBufferPointer) -> [UInt8]? { Value.bytes(field) }
}
