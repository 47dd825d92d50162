// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The fields of `HELLO`.
package struct Hello: Equatable, Sendable {
    /// The versions that the client speaks.
    package var versions: [UInt64]
    /// What the client calls itself.
    package var client: String?
    /// The credential.
    package var token: String?
    /// The session to resume.
    package var session: String?
    /// The heartbeat asked for, in seconds; 0 is none.
    package var heartbeat: UInt64?

    /// Makes the fields of one `HELLO`.
    package init(
        versions: [UInt64], client: String? = nil, token: String? = nil, session: String? = nil,
        heartbeat: UInt64? = nil
    ) {
        self.versions = versions
        self.client = client
        self.token = token
        self.session = session
        self.heartbeat = heartbeat
    }
}
