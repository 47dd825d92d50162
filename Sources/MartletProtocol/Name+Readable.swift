// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

extension Name {
    /// Whether a string is a name that a client may look at, those of the broker included.
    package static func isReadable(_ string: String) -> Bool {
        var string = string
        return string.withUTF8 { isReadable(UnsafeRawBufferPointer($0)) }
    }
}
