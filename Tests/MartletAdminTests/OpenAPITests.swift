// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletBroker
import MartletModel
import Testing

@testable import MartletAdmin

/// The description of the interface is right about the server.
struct OpenAPITests {
    @Test func `every route is described, and nothing else`() throws {
        let table = RouteTable(version: "1")
        let document = try #require(JSON(Data(OpenAPIDocument(table).json)))
        var described: Set<String> = []
        for (path, verbs) in document["paths"]?.members ?? [:] {
            for (verb, operation) in verbs.members ?? [:] {
                described.insert("\(verb.uppercased()) \(path)")
                #expect(operation["summary"]?.string?.hasSuffix(".") == true, "\(verb) \(path)")
                for parameter in operation["parameters"]?.list ?? [] where parameter["in"]?.string == "query" {
                    #expect(parameter["description"]?.string?.isEmpty == false)
                }
            }
        }
        #expect(described == Set(table.routes.map { "\($0.verb) \($0.path)" }))
        #expect(described.count == table.routes.count)
        let names = table.routes.map { OpenAPIDocument.operation($0) }
        #expect(Set(names).count == names.count)
    }

    /// What a path is asked with: where its fields point at things that are there.
    private static let fields = [
        "topic": "orders", "name": "billing", "offset": "1", "id": "later", "process": "p-1",
    ]

    /// What bodies say, for those that need something.
    private static let bodies = [
        "POST /api/v1/topics/{topic}/subscriptions/{name}/parked/{offset}/resolve": #"{"verb":"ack","note":"fine"}"#,
        "POST /api/v1/topics/{topic}/subscriptions/{name}/seek": #"{"from":"earliest"}"#,
        "PATCH /api/v1/topics/{topic}/scheduled/{id}": #"{"delay":"1h"}"#,
        "POST /api/v1/login": #"{"token":"any"}"#,
        "POST /api/v1/topics/{topic}/subscriptions/{name}/redrive": #"{"dryRun":true}"#,
        "PATCH /api/v1/topics/{topic}":
            #"{"maxAge":0,"maxMessages":1000,"maxBytes":0,"dedupWindow":"1h","unsettled":"keep","retention":"limits"}"#,
        "PATCH /api/v1/topics/{topic}/subscriptions/{name}":
            #"{"lease":60000,"backoff":["1s",2000],"maxFailures":3,"expect":0,"onPoison":"park"}"#,
    ]

    @Test func `every path and verb answers as its description says`() async throws {
        try await AdminBed.run { bed in
            try await Self.fill(bed) { try await Self.check(bed) }
        }
    }

    private static func check(_ bed: AdminBed) async throws {
        let description = try #require(try await bed.get("/api/v1/openapi.json").json)
        let checker = SchemaChecker(description)
        // Questions first, then what changes something; what takes everything away at the end.
        func rank(_ key: String) -> Int {
            if key.hasPrefix("GET") { return 0 }
            return key.hasSuffix("/purge") ? 3 : key.hasPrefix("DELETE") ? 2 : 1
        }
        let routes = RouteTable(version: "1").routes.sorted {
            (rank("\($0.verb) \($0.path)"), $0.path) < (rank("\($1.verb) \($1.path)"), $1.path)
        }
        for route in routes where route.type != "text/event-stream" {
            let key = "\(route.verb) \(route.path)"
            var path = route.path
            for (name, value) in fields { path = path.replacingOccurrences(of: "{\(name)}", with: value) }
            let answer = try await bed.ask(
                route.verb, path, route.verb == "GET" ? nil : bodies[key] ?? "{}")
            #expect(answer.status == 200, "\(key): \(answer.text)")
            let operation = description["paths"]?[route.path]?[route.verb.lowercased()]
            let content = try #require(operation?["responses"]?["200"]?["content"]?.members)
            #expect(answer.headers["content-type"] == content.keys.first)
            guard let json = answer.json, route.type == "application/json" else { continue }
            let schema = try #require(content["application/json"]?["schema"])
            for fault in checker.faults(of: json, against: schema, at: key) { Issue.record("\(fault)") }
            for list in [json.list, json["messages"]?.list] where list != nil && route.verb == "GET" {
                #expect(list?.isEmpty == false, "\(key) has nothing to check")
            }
        }
        let refused = try await bed.get("/api/v1/topics/none")
        let failure = try #require(description["components"]?["schemas"]?["Failure"])
        let told = try #require(refused.json)
        #expect(checker.faults(of: told, against: failure, at: "error").isEmpty)
    }

    /// Makes one of everything there is to tell of, and holds a message while the rest is done.
    private static func fill(_ bed: AdminBed, then body: @Sendable () async throws -> Void) async throws {
        let publishes = (1...4).map { "PUB orders 2 id=o-\($0) key=k process=p-1\n{}\n" }.joined()
        try await Wire.talk(
            bed.brokerPort,
            [
                ("HELLO 1\nSUB 1 orders billing from=earliest\nPUB orders 1 id=later delay=1h\n\u{7F}\n", "due="),
                (publishes, "MSG 1 4"),
                (
                    "PARK 1 1 code=ask note=who\nREJECT 1 2 code=bad\nTOUCH 1 3 progress=5\nNACK 1 4 delay=1h\nPING\n",
                    "PONG"
                ),
            ], then: body)
    }
}
