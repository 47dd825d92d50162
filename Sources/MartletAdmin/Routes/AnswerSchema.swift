// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// What JSON looks like, in the words of JSON Schema.
indirect enum AnswerSchema: Sendable {
    case text
    case number
    case flag
    /// Anything.
    case any
    case list(AnswerSchema)
    /// An object with members, those that are always there first.
    case object([String: AnswerSchema], optional: [String: AnswerSchema])
    /// An object whose members have any name.
    case map(AnswerSchema)
    /// What another place describes, by its name.
    case named(String)
    /// No JSON: text of another type.
    case plain

    /// What is answered when there is nothing else to say.
    static let ok = AnswerSchema.object(["ok": .flag], optional: [:])

    /// Writes it.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            switch self {
            case .text, .plain: writer.member("type", "string")
            case .number: writer.member("type", "integer")
            case .flag: writer.member("type", "boolean")
            case .any: break
            case .list(let item):
                writer.member("type", "array")
                writer.name("items")
                item.write(to: &writer)
            case .map(let value):
                writer.member("type", "object")
                writer.name("additionalProperties")
                value.write(to: &writer)
            case .named(let name): writer.member("$ref", "#/components/schemas/\(name)")
            case .object(let members, let optional): Self.write(members, optional, to: &writer)
            }
        }
    }

    private static func write(
        _ members: [String: AnswerSchema], _ optional: [String: AnswerSchema], to writer: inout JSONWriter
    ) {
        writer.member("type", "object")
        writer.name("properties")
        writer.object { writer in
            for (name, schema) in members.merging(optional, uniquingKeysWith: { $1 }).sorted(by: { $0.key < $1.key }) {
                writer.name(name)
                schema.write(to: &writer)
            }
        }
        writer.member("additionalProperties", false)
        guard !members.isEmpty else { return }
        writer.name("required")
        writer.list { writer in for name in members.keys.sorted() { writer.string(name) } }
    }
}
