// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletAdmin
import MartletModel
import MartletService
import Testing

/// What may not come in.
struct GuardTests {
    @Test func `a host that is not known is refused, since its name may be another site's`() async throws {
        var configuration = AdminConfiguration()
        configuration.names = ["broker.example"]
        try await AdminBed.run(configuration) { bed in
            for host in ["evil.example", "evil.example:\(bed.port)", "127.0.0.1.evil.example", "1.2.3.4.5", "[::1", ""]
            {
                for path in ["/", "/api/v1/overview", "/metrics", "/api/v1/openapi.json"] {
                    let answer = try await bed.get(path, headers: ["Host": host])
                    #expect([400, 403].contains(answer.status), "\(host) \(path)")
                }
            }
            let missing = try await bed.get("/api/v1/overview", headers: ["Host": nil])
            #expect(missing.status == 403)
            for host in [
                "localhost:\(bed.port)", "LOCALHOST", "127.0.0.1", "[::1]:1", "10.1.2.3:80", "Broker.Example:80",
            ] {
                #expect(try await bed.get("/api/v1/overview", headers: ["Host": host]).status == 200, "\(host)")
            }
        }
    }

    @Test(arguments: [
        ["Origin": "http://evil.example"], ["Origin": "null"], ["Origin": "http://127.0.0.1"],
        ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"], ["Content-Type": "text/plain"],
        ["Content-Type": "application/x-www-form-urlencoded"], ["Content-Type": "multipart/form-data; boundary=x"],
        ["Content-Type": "application/json-patch"],
    ])
    func `what changes something does not come from another site`(headers: [String: String]) async throws {
        try await AdminBed.run { bed in
            _ = try await bed.service.ask(.createTopic(name: "orders", options: .init()))
            let answer = try await bed.ask(
                "POST", "/api/v1/topics/orders/purge", "{}", headers: headers.mapValues { $0 })
            #expect(answer.status == (headers["Content-Type"] == nil ? 403 : 400))
            let none = try await bed.ask("POST", "/api/v1/topics/orders/purge", "{}", headers: ["Content-Type": nil])
            #expect(none.status == 400)
            for (name, value) in [
                ("Origin", "http://127.0.0.1:\(bed.port)"), ("Sec-Fetch-Site", "same-origin"),
                ("Content-Type", "application/json; charset=utf-8"),
            ] {
                let answer = try await bed.ask("POST", "/api/v1/topics/orders/purge", "{}", headers: [name: value])
                #expect(answer.status == 200, "\(name)")
            }
        }
    }

    @Test func `pages of other sites cannot ask either, but a link leads to the console`() async throws {
        try await AdminBed.run { bed in
            let script: [String: String?] = ["Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"]
            let refused = try await bed.get("/api/v1/overview", headers: script)
            #expect(refused.status == 403)
            let link: [String: String?] = ["Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"]
            let page = try await bed.get("/", headers: link)
            #expect(page.status == 200)
        }
    }

    @Test func `a path that is not there and a method that is not meant are told apart`() async throws {
        try await AdminBed.run { bed in
            for path in [
                "/nothing", "/api/v1", "/api/v1/topics/", "/api/v1/topics/a/b", "/api/v2/topics", "/../etc/passwd",
            ] {
                let answer = try await bed.get(path)
                #expect([400, 404].contains(answer.status), "\(path)")
                #expect(answer.code != nil)
            }
            let answer = try await bed.ask("DELETE", "/api/v1/overview", "{}")
            #expect(answer.status == 405)
            #expect(answer.headers["allow"] == "GET")
            let head = try await bed.ask("HEAD", "/api/v1/overview")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
        }
    }

    @Test func `a body at the limit is read, and one past it is refused`() async throws {
        try await AdminBed.run { bed in
            let limit = AdminConfiguration().maxBody
            func body(_ size: Int) -> String { #"{"before":1}"# + String(repeating: " ", count: size - 12) }
            let path = "/api/v1/topics/none/purge"
            #expect(try await bed.ask("POST", path, body(limit)).code == "unknown-topic")
            let answer = try await bed.ask("POST", path, body(limit + 1))
            #expect(answer.status == 413)
            #expect(answer.code == "too-large")
            let chunk = String(limit + 1, radix: 16)
            let chunked = try await bed.ask(
                "POST", path, "\(chunk)\r\n\(body(limit + 1))\r\n0\r\n\r\n",
                headers: ["Content-Length": nil, "Transfer-Encoding": "chunked"])
            #expect(chunked.status == 413)
        }
    }

    @Test(arguments: [
        "[]", "{", "\"a\"", #"{"for":}"#, #"{"for":1.5}"#, #"{"for":-1}"#, #"{"for":{"a":1}}"#, #"{"for":true}"#,
        #"{"for":"1m","other":1}"#, "\u{FF}", String(repeating: "[", count: 10_000),
    ])
    func `a body that is no object of what is expected is refused`(body: String) async throws {
        try await AdminBed.run { bed in
            let answer = try await bed.ask("POST", "/api/v1/topics/a/subscriptions/b/pause", body)
            #expect(answer.status == 400)
            #expect(["bad-argument", "bad-option"].contains(answer.code))
        }
    }

    @Test(arguments: [
        "?limit=0", "?limit=1001", "?limit=x", "?limit=1&limit=2", "?other=1", "?limit=%zz", "?offset=0", "?offset=-1",
    ])
    func `a query that says something else than is expected is refused`(query: String) async throws {
        try await AdminBed.run { bed in
            let answer = try await bed.get("/api/v1/topics/orders/messages\(query)")
            #expect(answer.status == 400)
        }
    }

    @Test func `bytes that are not HTTP are answered once and end the connection`() async throws {
        try await AdminBed.run { bed in
            for text in [
                "HELLO 1\r\n", "\u{0}\u{1}\u{2}\u{3}\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 100_000))\r\n\r\n",
                "GET / HTTP/1.1\r\n" + (0..<200).map { "X\($0): y\r\n" }.joined() + "\r\n",
            ] {
                let bytes = try await Raw.exchange(text, port: bed.port) { _ in false }
                let answer = String(decoding: bytes.prefix(12), as: UTF8.self)
                #expect(bytes.isEmpty || answer.hasPrefix("HTTP/1.1 4") || answer.hasPrefix("HTTP/1.1 3"), "\(answer)")
            }
            #expect(try await bed.get("/health/live").status == 200)
        }
    }

    @Test func `requests that do not come in are given up`() async throws {
        var configuration = AdminConfiguration()
        configuration.requestTimeout = 100
        try await AdminBed.run(configuration) { bed in
            let head = "POST /api/v1/topics/a/purge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            let body = try await Raw.exchange(head + "Content-Length: 10\r\n\r\n{", port: bed.port) { _ in false }
            #expect(String(decoding: body, as: UTF8.self).hasPrefix("HTTP/1.1 408"))
        }
        configuration.idleTimeout = 100
        try await AdminBed.run(configuration) { bed in
            // Nothing was asked yet, so nothing is answered.
            let silent = try await Raw.exchange("GET / HT", port: bed.port) { _ in false }
            #expect(silent.isEmpty || String(decoding: silent, as: UTF8.self).hasPrefix("HTTP/1.1 400"))
        }
    }

    @Test func `connections beyond the limit wait until others end`() async throws {
        var configuration = AdminConfiguration()
        configuration.maxConnections = 2
        configuration.idleTimeout = 300
        try await AdminBed.run(configuration) { bed in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<2 {
                    group.addTask { try await Raw.exchange("", port: bed.port) { _ in false }.count }
                }
                for _ in 0..<8 { group.addTask { try await bed.get("/health/live").status == 200 ? 0 : 1 } }
                for try await result in group { #expect(result == 0) }
            }
        }
    }

    @Test func `connections that say nothing do not keep others out`() async throws {
        var configuration = AdminConfiguration()
        configuration.maxConnections = 3
        configuration.crowdedTimeout = 100
        try await AdminBed.run(configuration) { bed in
            let beginnings = [
                "", "GET /health/live HTTP/1.1\r\nHost: localhost\r\n",
                "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n",
            ]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for beginning in beginnings {
                    group.addTask { _ = try await Raw.exchange(beginning, port: bed.port) { _ in false } }
                }
                for _ in 0..<5 {
                    let answer = try await bed.get("/health/live")
                    #expect(answer.status == 200)
                }
                // They may go on where there is room, until the broker stops.
                group.cancelAll()
            }
        }
    }

    @Test func `every answer keeps other sites away`() async throws {
        try await AdminBed.run { bed in
            for path in ["/", "/api/v1/overview", "/metrics", "/health/live", "/nothing"] {
                let answer = try await bed.get(path)
                let policy = answer.headers["content-security-policy"] ?? ""
                #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self';"))
                #expect(policy.contains("require-trusted-types-for 'script'; trusted-types 'none'"))
                #expect(answer.headers["x-content-type-options"] == "nosniff")
                #expect(answer.headers["access-control-allow-origin"] == nil)
            }
        }
    }

    @Test func `an address that others can reach is refused unless that is wanted`() async throws {
        var configuration = AdminConfiguration()
        configuration.host = "0.0.0.0"
        do {
            try await AdminBed.run(configuration) { _ in }
            Issue.record("it was not refused")
        } catch {
            #expect("\(error)".contains("admin.allow-remote"))
        }
        configuration.allowRemote = true
        try await AdminBed.run(configuration) { bed in
            let answer = try await bed.get("/health/live")
            #expect(answer.status == 200)
        }
    }
}
