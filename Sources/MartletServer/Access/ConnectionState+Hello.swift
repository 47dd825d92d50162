// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import NIOCore

// What a `HELLO` makes of a connection, and who speaks on it.
extension ConnectionState {
    /// The answer to a `HELLO`.
    func welcome(_ session: String) -> String {
        let (version, maxBody) = (Server.version, configuration.maxBody)
        return "OK 1 martlet/\(version) session=\(session) max-body=\(maxBody) heartbeat=\(heartbeat)"
    }

    /// The client showed a certificate that was verified, with that name in it.
    mutating func presented(certificate name: String) {
        certificate = name
    }

    mutating func greet(_ hello: Hello) -> Arrival {
        guard let admission = configuration.users.admit(token: hello.token, certificate: certificate) else {
            phase = .closing
            closeReason = .notAdmitted(from: address)
            return .refusal(Refusal(.auth, refusal(of: hello)))
        }
        if hello.heartbeat == 0, !configuration.allowNoHeartbeat {
            phase = .closing
            closeReason = .noHello(.denied)
            return .refusal(Refusal(.denied, "heartbeat: expected 1 or more seconds, 0 is not allowed here"))
        }
        phase = .open
        self.admission = admission
        heartbeat = hello.heartbeat ?? UInt64(configuration.heartbeat / 1_000)
        watch.greeted(heartbeat: .seconds(Int64(heartbeat)))
        if hello.session != nil { receiver.backpressure.tookCommand() }
        let name = hello.client ?? ""
        return .greeting(
            Greeting(
                client: name.isEmpty ? "connection-\(id.value)" : name, resuming: hello.session,
                access: admission.access))
    }

    /// Why no user is known by what the client has shown.
    private func refusal(of hello: Hello) -> String {
        if hello.token != nil { return "token: it is no user's" }
        guard let certificate else { return "token: expected the token of a user, none was sent" }
        return "certificate: '\(certificate)' is no user's name"
    }

    /// The users were replaced; true when the connection's user is gone or has other rights, and it has to end.
    mutating func loses() -> Bool {
        guard let admission, phase == .open || phase == .ending, !configuration.users.holds(admission) else {
            return false
        }
        closeReason = .accessChanged
        return true
    }
}
