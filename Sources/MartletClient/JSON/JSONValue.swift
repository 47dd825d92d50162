// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Any JSON value, for answers of the broker whose members may grow.
package enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The value of JSON text; nil when it is something else.
    package init?(_ text: [UInt8]) {
        var parser = JSONParser(text)
        guard let value = parser.document() else { return nil }
        self = value
    }

    /// The member of an object; nil when it has none of that name, or when this is not an object.
    package subscript(name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    /// The number, if it is a whole one.
    package var integer: Int? { if case .integer(let value) = self { value } else { nil } }

    /// The text, if it is one.
    package var string: String? { if case .string(let value) = self { value } else { nil } }

    /// The members, if it is an object.
    package var members: [String: JSONValue]? { if case .object(let members) = self { members } else { nil } }

    /// The elements, if it is an array.
    package var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }
}
