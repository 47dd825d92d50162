// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Everything that can be set on a server, with the default of each.
///
/// Sizes are bytes and durations are milliseconds.
package struct ServerConfiguration: Sendable {
    /// The address to listen on.
    package var host = "127.0.0.1"
    /// Whether to listen on an address that other machines can reach.
    package var allowRemote = false
    /// The TCP port to listen on; 0 lets the system choose one.
    package var port = 7250
    /// Threads that serve sockets.
    package var eventLoops = 1
    /// Connections that may be open at one time.
    package var maxConnections = 10_000
    /// Publishes of one connection that may be unanswered before its socket is no longer read.
    package var maxUnansweredPublishes = 1_024
    /// Bytes that may wait for one connection, behind the piece being sent, before it is closed; see `outboundLimit`.
    package var maxOutboundBytes = 8 << 20
    /// How long a connection may take no bytes at all while some wait for it.
    package var stallTimeout = 30_000
    /// The heartbeat that is agreed on when the client asks for none.
    package var heartbeat = 30_000
    /// Whether a client may switch the heartbeat off (`heartbeat=0`), as a person at a terminal does.
    package var allowNoHeartbeat = true
    /// How long a new connection may take to say `HELLO`.
    package var helloTimeout = 5_000
    /// How long a stop waits for what has been accepted to be answered.
    package var shutdownGrace = 5_000

    /// The folder that holds the data file.
    package var dataFolder = "data"
    /// The largest size that the data file can reach.
    package var mapSize = 1 << 40
    /// Percent of the map or disk that must stay free: below it, publishes are refused and acks go on.
    package var reservePercent = 5
    /// The least that must stay free, whatever `reservePercent` says.
    package var reserveMinimum = 64 << 20

    /// The largest message body that is accepted.
    package var maxBody = 1 << 20
    /// Whether a publish or a subscribe to an unknown topic creates it.
    package var autoCreateTopics = true
    /// How long the ids of a topic's messages are remembered, so that a repeat is recognised.
    package var dedupWindow = 86_400_000
    /// Ids that one topic remembers at most.
    package var dedupIDs = 1_000_000
    /// Settings of topics by name or `prefix.*`, each a line such as `audit.* max-age=30d max-bytes=1000000000`.
    package var topicPatterns: [String] = []

    /// Unsettled deliveries of a consumer that names no window.
    package var window = 16
    /// The lease of a subscription that names none.
    package var lease = 30_000
    /// The longest time one delivery can be held, however often its lease is extended.
    package var leaseCap = 3_600_000
    /// Failures of a message before it is dead-lettered.
    package var maxFailures = 5
    /// Delays before each further delivery of a message that failed; the last one repeats.
    package var backoff = [5_000, 30_000, 120_000, 600_000]

    package init() {}

    /// The limit that is applied: `maxOutboundBytes`, or more where that would close a client that keeps reading.
    ///
    /// Such a client can have this much waiting: deliveries up to the point where the broker pauses them (4 MiB and one
    /// message more), one answer as large as a message, and 2 MiB of small replies.
    package var outboundLimit: Int { max(maxOutboundBytes, (6 << 20) + 2 * maxBody) }
}
