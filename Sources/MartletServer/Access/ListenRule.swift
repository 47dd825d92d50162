// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// On which addresses the broker may listen: those of this machine, and others only for users, under TLS, or where the
/// settings name what is given up.
package struct ListenRule: Sendable {
    /// Whether there are users.
    package var hasUsers: Bool
    /// Whether what is listened on speaks TLS.
    package var hasTLS: Bool
    /// What `access.allow-anonymous` says.
    package var allowsAnonymous: Bool
    /// What `server.allow-plaintext` says.
    package var allowsPlaintext: Bool

    /// The rule that settings make.
    package init(_ configuration: ServerConfiguration, hasUsers: Bool, hasTLS: Bool) {
        self.hasUsers = hasUsers
        self.hasTLS = hasTLS
        allowsAnonymous = configuration.allowAnonymous
        allowsPlaintext = configuration.allowPlaintext
    }

    /// Why an address may not be listened on; nil when it may.
    package func refusal(of address: SocketAddress) -> String? {
        guard !address.isLocal else { return nil }
        let name = "'\(address.ipAddress ?? "\(address)")' can be reached from other machines"
        if !hasUsers, !allowsAnonymous {
            return "\(name), and anyone on them could read and write; name users in access.users or "
                + "access.users-file, or set access.allow-anonymous to true if that is what you want"
        }
        if !hasTLS, !allowsPlaintext {
            return "\(name), and without TLS everyone on the way could read tokens and messages; set "
                + "server.tls-certificate and server.tls-key, or set server.allow-plaintext to true if that is what "
                + "you want"
        }
        return nil
    }
}
