// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Looks whether values are as a schema of OpenAPI 3.1 says, as far as the descriptions here go.
struct SchemaChecker {
    private let document: JSON

    init(_ document: JSON) { self.document = document }

    /// What is wrong with a value.
    func faults(of value: JSON, against schema: JSON, at place: String) -> [String] {
        if let reference = schema["$ref"]?.string {
            let name = String(reference.split(separator: "/").last ?? "")
            guard let named = document["components"]?["schemas"]?[name] else { return ["\(place): no schema \(name)"] }
            return faults(of: value, against: named, at: place)
        }
        switch schema["type"]?.string {
        case "string": return value.string == nil ? ["\(place): no text"] : []
        case "integer": return value.number == nil ? ["\(place): no number"] : []
        case "boolean": return value.isFlag ? [] : ["\(place): neither true nor false"]
        case "array":
            guard let list = value.list, let items = schema["items"] else { return ["\(place): no list"] }
            return list.enumerated().flatMap { faults(of: $0.element, against: items, at: "\(place)[\($0.offset)]") }
        case "object": return faults(ofObject: value, against: schema, at: place)
        default: return []
        }
    }

    private func faults(ofObject value: JSON, against schema: JSON, at place: String) -> [String] {
        guard let members = value.members else { return ["\(place): no object"] }
        var faults: [String] = []
        for name in schema["required"]?.list?.compactMap(\.string) ?? [] where members[name] == nil {
            faults.append("\(place): \(name) is missing")
        }
        for (name, member) in members {
            if let known = schema["properties"]?[name] {
                faults += self.faults(of: member, against: known, at: "\(place).\(name)")
            } else if let rest = schema["additionalProperties"], !rest.isFlag {
                faults += self.faults(of: member, against: rest, at: "\(place).\(name)")
            } else {
                faults.append("\(place): \(name) is not described")
            }
        }
        return faults
    }
}
