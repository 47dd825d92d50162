// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import MartletBroker
import MartletModel

// Processes, logins, and what watches over the process.
extension RouteTable {
    static let processes: [Route] = [
        Route(
            .get, root + "/processes/{process}", "TREE {process}",
            "The messages of a process: which one caused which, with the verdict of every subscription.",
            query: [limit], answer: .named("Tree"))
    ]

    static let logins: [Route] = [
        Route(
            .post, root + "/login", "Begins a login, so that a browser need not keep the token.", access: .anybody,
            body: [Field("token", .text, "The token of a user.", isRequired: true)], answer: .ok
        ) { call in
            let token = try call.values(of: [Field("token", .text, "", isRequired: true)], from: .body)["token"]?.bytes
            let cookie = try call.site.callers.login(String(decoding: token ?? [], as: UTF8.self))
            var answer = AdminAnswer { $0.object { $0.member("ok", true) } }
            answer.headers[.setCookie] = cookie
            return answer
        },
        Route(.post, root + "/logout", "Ends a login.", access: .anybody, answer: .ok) { call in
            var answer = AdminAnswer { $0.object { $0.member("ok", true) } }
            answer.headers[.setCookie] = call.site.callers.logout(call.request)
            return answer
        },
    ]

    static let operations: [Route] = [
        Route(.get, root + "/openapi.json", "This description.", access: .anybody, answer: .any) { call in
            AdminAnswer(json: OpenAPIDocument(call.site.routes).json)
        },
        Route(.get, "/health/live", "Whether the process is up.", access: .anybody, answer: .named("Health")) { _ in
            AdminAnswer { $0.object { $0.member("status", "live") } }
        },
        Route(
            .get, "/health/ready", "Whether publishes are taken; 503 with the reason when not.", access: .anybody,
            answer: .named("Health")
        ) { call in try await Readiness.answer(call) },
        Route(
            .get, "/metrics", "Everything that is counted, for Prometheus.", answer: .plain,
            type: "text/plain; version=0.0.4; charset=utf-8"
        ) { call in
            let page = MetricsPage(
                try await call.survey(), call.site.callers.diskTimes, call.site.callers.traffic)
            return AdminAnswer(type: "text/plain; version=0.0.4; charset=utf-8", .bytes(page.bytes))
        },
    ]
}
