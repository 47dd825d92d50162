// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock

/// The logins of browsers: a random number in a cookie stands for a token, which the browser does not keep.
///
/// The token is asked about again with every request, so that a login ends with it.
final class LoginTable: Sendable {
    private struct Login {
        var token: String
        var end: ContinuousClock.Instant
    }

    /// How long a login lasts, in seconds.
    static let lifetime = 12 * 3_600
    /// Logins that are kept; the one that ends first goes.
    static let limit = 1_000

    private let logins = Lock<[String: Login]>([:])

    /// Begins a login, and gives what stands for it.
    func begin(_ token: String) -> String {
        var system = SystemRandomNumberGenerator()
        let session = (0..<4).map { _ in Self.digits(system.next()) }.joined()
        let now = ContinuousClock.now
        logins.withLock { logins in
            logins = logins.filter { $0.value.end > now }
            if logins.count >= Self.limit, let first = logins.min(by: { $0.value.end < $1.value.end }) {
                logins[first.key] = nil
            }
            logins[session] = Login(token: token, end: now + .seconds(Self.lifetime))
        }
        return session
    }

    /// The token of a login that lasts.
    func token(of session: String) -> String? {
        logins.withLock { logins in
            guard let login = logins[session], login.end > .now else { return nil }
            return login.token
        }
    }

    /// Ends a login.
    func end(_ session: String) {
        logins.withLock { $0[session] = nil }
    }

    private static func digits(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
