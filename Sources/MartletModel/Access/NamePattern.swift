// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Names that a right is given on: one name, `prefix.*`, or `*`.
package enum NamePattern: Hashable, Sendable {
    /// Every name that a client may give.
    case all
    /// That name; `$sys` stands for all that begins with it.
    case name(String)
    /// Names that begin so; it ends in a dot.
    case prefix(String)

    /// What a pattern looks like, for those who wrote something else.
    package static let form = "a name, prefix.* or *"

    /// Reads a pattern; nil when it is none.
    ///
    /// Names of dead letters are none: they follow the topic.
    package init?(_ text: String) {
        if text == "*" {
            self = .all
        } else if text.hasSuffix(".*"), Self.isGrantable(String(text.dropLast(2))) {
            self = .prefix(String(text.dropLast()))
        } else if Self.isGrantable(text) {
            self = .name(text)
        } else {
            return nil
        }
    }

    private static func isGrantable(_ name: String) -> Bool {
        guard name.hasPrefix("$") else { return Name.isValid(name) }
        return Name.isReadable(name) && (name == Name.system || name.hasPrefix(Name.system + "."))
    }

    /// Whether a name is meant.
    package func matches(_ name: String) -> Bool {
        switch self {
        case .all: !name.hasPrefix("$")
        case .name(Name.system): name.hasPrefix(Name.system + ".")
        case .name(let literal): name == literal
        case .prefix(let prefix): name.hasPrefix(prefix)
        }
    }
}
