// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A data file that LMDB must not be let at: what is wrong with it.
package struct FileDamage: Error, CustomStringConvertible {
    /// What was found.
    package let description: String

    /// Whether the file was never written to: it was made, and its first two pages did not reach the disk.
    package let isUnborn: Bool

    init(_ description: String, isUnborn: Bool = false) {
        self.description = description
        self.isUnborn = isUnborn
    }
}
