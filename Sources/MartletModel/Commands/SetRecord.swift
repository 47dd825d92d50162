// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The fields of `SET`: changes a record.
package struct SetRecord: Equatable, Sendable {
    /// The space.
    package var space: String
    /// The key.
    package var key: [UInt8]
    /// The version that the record must have.
    package var expected: RecordVersion
    /// How long the record stays, in milliseconds; nil is until it is removed.
    package var lifetime: Int?
    /// The value.
    package var value: [UInt8]

    /// Makes the fields of one change.
    package init(
        space: String, key: [UInt8], expected: RecordVersion = .any, lifetime: Int? = nil, value: [UInt8]
    ) {
        self.space = space
        self.key = key
        self.expected = expected
        self.lifetime = lifetime
        self.value = value
    }
}
