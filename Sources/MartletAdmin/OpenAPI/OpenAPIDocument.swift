// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import MartletBroker
import MartletModel

/// The description of all routes, as OpenAPI 3.1 has it.
struct OpenAPIDocument: JSONForm {
    private let table: RouteTable

    init(_ table: RouteTable) { self.table = table }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("openapi", "3.1.0")
            writer.name("info")
            writer.object { writer in
                writer.member("title", "Martlet administration")
                writer.member("version", table.version)
                writer.member(
                    "description",
                    "What the protocol's questions tell and what its commands do, with the same rules and words. "
                        + "Requests that change something carry Content-Type: application/json.")
            }
            writer.name("paths")
            writer.object { writer in
                for path in Set(table.routes.map(\.path)).sorted() {
                    writer.name(path)
                    writer.object { writer in
                        for route in table.routes where route.path == path {
                            writer.name(route.method.rawValue.lowercased())
                            Self.write(route, to: &writer)
                        }
                    }
                }
            }
            writer.name("components")
            writer.object { writer in
                writer.name("schemas")
                writer.object { writer in
                    for (name, schema) in AnswerSchema.all.sorted(by: { $0.key < $1.key }) {
                        writer.name(name)
                        schema.write(to: &writer)
                    }
                }
                writer.name("securitySchemes")
                writer.object { writer in
                    writer.name("token")
                    writer.object { writer in
                        writer.member("type", "http")
                        writer.member("scheme", "bearer")
                    }
                    writer.name("login")
                    writer.object { writer in
                        writer.member("type", "apiKey")
                        writer.member("in", "cookie")
                        writer.member("name", CallerDirectory.cookie)
                    }
                }
            }
        }
    }

    private static func write(_ route: Route, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("operationId", operation(route))
            writer.member("summary", route.summary)
            writer.name("security")
            writer.list { writer in
                guard route.access == .users else { return }
                for scheme in ["token", "login"] {
                    writer.object { writer in
                        writer.name(scheme)
                        writer.list { _ in }
                    }
                }
                // Where there are no users.
                writer.object { _ in }
            }
            writer.name("parameters")
            writer.list { writer in
                for part in route.parts where part.hasPrefix("{") {
                    parameter(String(part.dropFirst().dropLast()), "path", nil, to: &writer)
                }
                for field in route.query { parameter(field.name, "query", field, to: &writer) }
            }
            if route.method != .get { body(route.body, to: &writer) }
            writer.name("responses")
            writer.object { writer in
                response("200", "What was asked for, or that it is done.", route.type, route.answer, to: &writer)
                if route.path == "/health/ready" {
                    response("503", "Not ready, with the reason.", route.type, route.answer, to: &writer)
                }
                response("default", "Why it is not done.", "application/json", .named("Failure"), to: &writer)
            }
        }
    }

    /// The name of what a route does.
    static func operation(_ route: Route) -> String {
        let words = route.parts.filter { !$0.hasPrefix("{") && $0 != "api" && $0 != "v1" }
        let fields = route.parts.filter { $0.hasPrefix("{") }.map { $0.dropFirst().dropLast() }
        return ([route.method.rawValue.lowercased()[...]] + words + fields).joined(separator: "-")
    }

    private static func parameter(_ name: String, _ place: String, _ field: Field?, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("name", name)
            writer.member("in", place)
            writer.member("required", field == nil || field?.isRequired == true)
            if let field { writer.member("description", field.about) }
            writer.name("schema")
            if let field { field.writeSchema(to: &writer) } else { AnswerSchema.text.write(to: &writer) }
        }
    }

    private static func body(_ fields: [Field], to writer: inout JSONWriter) {
        writer.name("requestBody")
        writer.object { writer in
            writer.member("required", fields.contains { $0.isRequired })
            writer.name("content")
            writer.object { writer in
                writer.name("application/json")
                writer.object { writer in
                    writer.name("schema")
                    writer.object { writer in
                        writer.member("type", "object")
                        writer.member("additionalProperties", false)
                        writer.name("properties")
                        writer.object { writer in
                            for field in fields {
                                writer.name(field.name)
                                field.writeSchema(to: &writer)
                            }
                        }
                        let required = fields.filter(\.isRequired)
                        guard !required.isEmpty else { return }
                        writer.name("required")
                        writer.list { writer in for field in required { writer.string(field.name) } }
                    }
                }
            }
        }
    }

    private static func response(
        _ status: String, _ description: String, _ type: String, _ schema: AnswerSchema, to writer: inout JSONWriter
    ) {
        writer.name(status)
        writer.object { writer in
            writer.member("description", description)
            writer.name("content")
            writer.object { writer in
                writer.name(type)
                writer.object { writer in
                    writer.name("schema")
                    schema.write(to: &writer)
                }
            }
        }
    }
}

extension Field {
    /// Writes what its values look like, in the words of JSON Schema.
    func writeSchema(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("description", about)
            switch kind {
            case .text: writer.member("type", "string")
            case .words(let words):
                writer.member("type", "string")
                writer.name("enum")
                writer.list { writer in for word in words { writer.string(word) } }
            case .number: writer.member("type", "integer")
            case .duration: Self.writeDuration(to: &writer)
            case .durations:
                writer.member("type", "array")
                writer.name("items")
                writer.object { writer in Self.writeDuration(to: &writer) }
            case .flag: writer.member("type", "boolean")
            }
        }
    }

    private static func writeDuration(to writer: inout JSONWriter) {
        writer.name("type")
        writer.list { writer in
            writer.string("string")
            writer.string("integer")
        }
    }
}
