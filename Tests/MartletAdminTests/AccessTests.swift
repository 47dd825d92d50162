// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletAdmin
import MartletModel
import MartletService
import Testing

/// Where there are users, only they may ask.
struct AccessTests {
    /// One user may do all, another learns of nothing but the topic `open`.
    private static let authenticate: Authenticate = { token, service in
        switch token {
        case "secret": Caller(name: "ann") { try await service.ask($0) }
        case "poor":
            Caller(name: "bob") { command in
                guard case .info = command else { throw Refusal(.denied, "it may not") }
                return try await service.ask(command)
            }
        default: nil
        }
    }

    @Test func `nobody without a token learns anything but that the broker is up`() async throws {
        try await AdminBed.run(authenticate: Self.authenticate) { bed in
            for path in ["/api/v1/overview", "/api/v1/topics", "/metrics", "/api/v1/events", "/api/v1/inbox"] {
                for headers in [
                    [:], ["Authorization": "Bearer wrong"], ["Authorization": "Basic secret"],
                    ["Cookie": "martlet-session=secret"],
                ] {
                    let answer = try await bed.get(path, headers: headers.mapValues { $0 })
                    #expect(answer.status == 401)
                    #expect(answer.code == "auth")
                    #expect(answer.headers["www-authenticate"] == "Bearer")
                }
            }
            #expect(try await bed.ask("POST", "/api/v1/topics/none/purge", "{}").status == 401)
            for path in ["/", "/health/live", "/health/ready", "/api/v1/openapi.json"] {
                #expect(try await bed.get(path).status == 200)
            }
        }
    }

    @Test func `a token is asked for its rights with every request`() async throws {
        try await AdminBed.run(authenticate: Self.authenticate) { bed in
            _ = try await bed.service.ask(.createTopic(name: "orders", options: .init()))
            let purge = "/api/v1/topics/orders/purge"
            #expect(try await bed.ask("POST", purge, "{}", headers: ["Authorization": "Bearer secret"]).status == 200)
            let poor = try await bed.ask("POST", purge, "{}", headers: ["Authorization": "bearer poor"])
            #expect(poor.status == 403)
            #expect(poor.code == "denied")
            #expect(try await bed.get("/api/v1/topics", headers: ["Authorization": "Bearer poor"]).status == 200)
        }
    }

    @Test func `a login stands for its token until it ends`() async throws {
        try await AdminBed.run(authenticate: Self.authenticate) { bed in
            let wrong = try await bed.ask("POST", "/api/v1/login", #"{"token":"wrong"}"#)
            #expect(wrong.status == 401)
            #expect(wrong.headers["set-cookie"] == nil)
            let login = try await bed.ask("POST", "/api/v1/login", #"{"token":"secret"}"#)
            #expect(login.status == 200)
            let cookie = try #require(login.headers["set-cookie"])
            #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains("secret"))
            let pair = String(cookie.prefix { $0 != ";" })
            let headers: [String: String?] = ["Cookie": "other=1; \(pair)"]
            #expect(try await bed.get("/api/v1/overview", headers: headers).status == 200)
            #expect(try await bed.ask("POST", "/api/v1/logout", "{}", headers: headers).status == 200)
            #expect(try await bed.get("/api/v1/overview", headers: headers).status == 401)
        }
    }
}
