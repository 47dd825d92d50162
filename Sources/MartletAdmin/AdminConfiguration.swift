// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How the administration listens for HTTP, and what it lets pass.
package struct AdminConfiguration: Sendable {
    /// The address to listen on.
    package var host = "127.0.0.1"
    /// The port to listen on; 0 takes any free one.
    package var port = 7251
    /// Whether to listen on an address that other machines can reach, without TLS.
    package var allowRemote = false
    /// Names of this host, besides its addresses and `localhost`, by which browsers may ask.
    package var names: [String] = []
    /// Connections that are served at one time; others wait.
    package var maxConnections = 128
    /// The largest body of a request, in bytes.
    package var maxBody = 64 << 10
    /// How long a request may take to come in whole, in milliseconds.
    package var requestTimeout = 10_000
    /// How long a connection may be silent between requests, in milliseconds.
    package var idleTimeout = 60_000
    /// The same, and within a request too, while all connections are taken and others may wait.
    package var crowdedTimeout = 2_000
    /// How long a client may take no bytes while some wait for it, in milliseconds.
    package var stallTimeout = 30_000
    /// How often watchers are told the numbers, in milliseconds.
    package var statsInterval = 2_000
    /// How often the broker's messages about itself are looked at for watchers, in milliseconds.
    package var eventInterval = 500

    /// The defaults.
    package init() {}

    /// Whether only this machine can reach the address.
    package var isLocal: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
