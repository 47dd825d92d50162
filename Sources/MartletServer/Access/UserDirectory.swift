// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
package import MartletModel

/// Who may use the broker; without users everyone who reaches it may do everything.
///
/// Its users can be replaced while connections are open: those whose users are gone or have other rights are closed.
package final class UserDirectory: Sendable {
    private struct State {
        var users: [User]
        var observers: [@Sendable () -> Void] = []
    }

    private let state: Lock<State>

    /// Makes a directory of users whose names, tokens and certificates are all different.
    package init(_ users: [User] = []) {
        state = Lock(State(users: users))
    }

    /// Whether there are no users, so that everyone may do everything.
    package var isEmpty: Bool { users.isEmpty }

    /// The user of a token; all tokens are compared, each in the same time.
    package func user(token: String) -> Access? {
        user(TokenDigest(of: token))
    }

    /// The user of a certificate that was verified, by the name in it.
    package func user(certificate name: String) -> Access? {
        users.first { $0.certificates.contains(name) }?.access
    }

    /// Puts other users into the place of all that there are.
    package func replace(_ users: [User]) {
        let observers = state.withLock { state in
            state.users = users
            return state.observers
        }
        for observer in observers { observer() }
    }

    /// Calls back each time users were replaced, on the thread that did it.
    package func whenReplaced(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.observers.append(body) }
    }

    /// Lets a connection in by what it shows; nil when that is no user's.
    ///
    /// A token goes before a certificate: who sends one that is wrong is not let in by the other.
    func admit(token: String?, certificate: String?) -> Admission? {
        if isEmpty { return Admission(access: .all, proof: .none) }
        if let token {
            let digest = TokenDigest(of: token)
            return user(digest).map { Admission(access: $0, proof: .token(digest)) }
        }
        guard let certificate else { return nil }
        return user(certificate: certificate).map { Admission(access: $0, proof: .certificate(certificate)) }
    }

    /// Whether a connection would be let in now as it was.
    func holds(_ admission: Admission) -> Bool {
        switch admission.proof {
        case .none: isEmpty
        case .token(let digest): user(digest) == admission.access
        case .certificate(let name): user(certificate: name) == admission.access
        }
    }

    private var users: [User] { state.withLock { $0.users } }

    private func user(_ digest: TokenDigest) -> Access? {
        var found: Access?
        for user in users {
            for token in user.tokens where token.isEqual(to: digest) { found = user.access }
        }
        return found
    }
}
