// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What the broker said in its answer to `HELLO`.
package struct Greeting: Sendable, Equatable {
    /// The broker's name and version, such as `martlet/0.1.0`.
    package var server: String
    /// The name of the session, by which the next connection can have its consumers back.
    package var session: String?
    /// The largest body that the broker takes, in bytes; nil when it did not say.
    package var maxBody: Int?
    /// The heartbeat that was agreed on, in seconds; nil when there is none.
    package var heartbeat: Int64?

    /// Reads the answer; nil when it is not one that version 1 of the protocol knows.
    init?(_ reply: Reply) {
        guard reply.word == "OK", reply.fields.first == "1" else { return nil }
        server = reply.fields.count > 1 ? reply.fields[1] : "martlet"
        session = reply.options["session"]
        maxBody = reply.options["max-body"].flatMap { Int($0) }
        heartbeat = reply.options["heartbeat"].flatMap { Int64($0) }.flatMap { (1...3_600).contains($0) ? $0 : nil }
    }
}
