// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import MartletModel

/// Everything that can be asked.
struct RouteTable: Sendable {
    /// Where the JSON is.
    static let root = "/api/v1"

    /// All routes.
    let routes: [Route]
    /// The broker's version.
    let version: String

    init(version: String) {
        self.version = version
        routes =
            Self.overall + Self.topics + Self.messages + Self.subscriptions + Self.deferred + Self.deadLetters
            + Self.processes + Self.logins + Self.operations
    }

    /// The route for a method and a path, and what the path names.
    ///
    /// - Throws: `RouteFailure` when there is none, `Refusal` when the path is malformed.
    func find(_ method: HTTPRequest.Method, _ path: Substring) throws -> (Route, [String: [UInt8]]) {
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        var allowed: [String] = []
        for route in routes {
            guard let fields = try route.fields(of: parts) else { continue }
            if route.method == method { return (route, fields) }
            allowed.append(route.method.rawValue)
        }
        guard allowed.isEmpty else { throw RouteFailure.noMethod(allowed: allowed.sorted()) }
        throw RouteFailure.noPath
    }
}
