// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// An entry of a table; its bytes are valid until the transaction ends or writes.
package struct Entry {
    /// The key.
    package let key: UnsafeRawBufferPointer

    /// The value.
    package let value: UnsafeRawBufferPointer
}
