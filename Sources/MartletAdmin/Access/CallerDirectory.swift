// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import MartletModel
import MartletService

/// Finds out who asks: by a token, or by the cookie of a login.
struct CallerDirectory: Sendable {
    /// The name of the cookie.
    static let cookie = "martlet-session"

    private let service: BrokerService
    private let authenticate: Authenticate?
    private let hasUsers: @Sendable () -> Bool
    private let logins = LoginTable()

    init(_ service: BrokerService, _ authenticate: Authenticate?, hasUsers: @escaping @Sendable () -> Bool) {
        self.service = service
        self.authenticate = authenticate
        self.hasUsers = hasUsers
    }

    /// Who sends a request.
    ///
    /// - Throws: `Refusal` when there are users and this is none of them.
    func caller(of request: Request) throws(Refusal) -> Caller {
        guard let authenticate, hasUsers() else { return anyone }
        guard let token = token(of: request), let caller = authenticate(token, service) else {
            throw Refusal(.auth, "expected a token that is known: Authorization: Bearer <token>, or POST /api/v1/login")
        }
        return caller
    }

    /// Begins a login with a token, and gives the header that makes a browser remember it.
    ///
    /// - Throws: `Refusal` when the token names no user.
    func login(_ token: String) throws(Refusal) -> String {
        guard let authenticate, hasUsers() else { return Self.header("", age: 0) }
        guard authenticate(token, service) != nil else { throw Refusal(.auth, "token: it is not known") }
        return Self.header(logins.begin(token), age: LoginTable.lifetime)
    }

    /// Ends the login of a request, and gives the header that makes a browser forget it.
    func logout(_ request: Request) -> String {
        if let session = session(of: request) { logins.end(session) }
        return Self.header("", age: 0)
    }

    /// How long the broker's disk took.
    var diskTimes: DiskTimes.Counts { service.diskTimes }

    /// What goes over the broker's connections.
    var traffic: TrafficCounts { service.traffic }

    /// Who asks without rights of a user's own.
    var anyone: Caller {
        let service = service
        return Caller(name: "") { try await service.ask($0) }
    }

    private func token(of request: Request) -> String? {
        if let value = request.headers[.authorization] {
            let parts = value.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
            return String(parts[1])
        }
        return session(of: request).flatMap { logins.token(of: $0) }
    }

    private func session(of request: Request) -> String? {
        for header in request.headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                if parts.count == 2, parts[0] == Self.cookie { return String(parts[1]) }
            }
        }
        return nil
    }

    private static func header(_ value: String, age: Int) -> String {
        "\(cookie)=\(value); Path=/; Max-Age=\(age); HttpOnly; SameSite=Strict"
    }
}
