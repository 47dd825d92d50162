// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The fields of one message as pointers into memory that the caller keeps alive; absent fields are empty.
package struct MessageFields {
    /// The id.
    package var id = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The key.
    package var key = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The process.
    package var process = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The cause.
    package var cause = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The headers, as they came.
    package var headers = UnsafeRawBufferPointer(start: nil, count: 0)
    /// When its time is over, in Unix milliseconds; 0 is never.
    package var expires: UInt64 = 0
    /// How much later than scheduled it became visible, in milliseconds.
    package var late: UInt32 = 0
    /// The body.
    package var body = UnsafeRawBufferPointer(start: nil, count: 0)

    /// Makes an empty message.
    package init() {}
}
