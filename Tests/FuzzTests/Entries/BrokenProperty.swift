// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What was read is not what it must be.
struct BrokenProperty: Error, CustomStringConvertible {
    var description: String

    /// Throws when a condition does not hold.
    static func unless(_ condition: Bool, _ text: @autoclosure () -> String) throws {
        if !condition { throw BrokenProperty(description: text()) }
    }
}
