// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// Everything that can be set on a server, with the default of each.
///
/// Sizes are bytes and durations are milliseconds.
package struct ServerConfiguration: Sendable {
    /// The address to listen on.
    package var host = "127.0.0.1"
    /// Whether to listen without TLS on an address that other machines can reach.
    package var allowPlaintext = false
    /// Whether to listen without users on an address that other machines can reach.
    package var allowAnonymous = false
    /// Who may use the broker; they can be replaced while it runs.
    package var users = UserDirectory()
    /// The file that names the users, or empty; the program reads it.
    package var usersFile = ""
    /// The file with the server's certificate, and those behind it; empty speaks no TLS.
    package var tlsCertificate = ""
    /// The file with the key of the certificate.
    package var tlsKey = ""
    /// The file with the authorities that sign certificates of clients; empty asks clients for none.
    package var tlsClientCA = ""
    /// The TCP port to listen on; 0 lets the system choose one.
    package var port = Defaults.port
    /// Threads that serve sockets.
    package var eventLoops = 1
    /// Connections that may be open at one time.
    package var maxConnections = 10_000
    /// Connections whose users are not known yet, of all addresses together; counted while there are users.
    package var maxUnauthenticated = 1_024
    /// The same of one address.
    package var maxUnauthenticatedPerAddress = 64
    /// Publishes of one connection that may be unanswered before its socket is no longer read.
    package var maxUnansweredPublishes = 1_024
    /// Bytes that may wait for one connection, behind the piece being sent, before it is closed; see `outboundLimit`.
    package var maxOutboundBytes = 8 << 20
    /// Bytes of half-received frames of all connections together; beyond it no further large body is read.
    package var maxReceivingBytes = 256 << 20
    /// Bytes of commands of all connections together that may wait for the broker; beyond it none are read.
    package var maxUnansweredBytes = 256 << 20
    /// Bytes that may wait for all connections together; beyond it the slowest are closed; see `sendingLimit`.
    package var maxSendingBytes = 256 << 20
    /// How long a frame that was begun may go without progress.
    package var frameTimeout = 60_000
    /// The same for a large frame while others wait for its room.
    package var crowdedFrameTimeout = 2_000
    /// How long a connection may take no bytes at all while some wait for it.
    package var stallTimeout = 30_000
    /// The heartbeat that is agreed on when the client asks for none.
    package var heartbeat = 30_000
    /// Whether a client may switch the heartbeat off (`heartbeat=0`), as a person at a terminal does.
    package var allowNoHeartbeat = true
    /// How long a new connection from another machine may take to say `HELLO`.
    package var helloTimeout = 5_000
    /// The same for one from this machine, where a person may type it.
    package var helloTimeoutLocal = 30_000
    /// How long a stop waits for what has been accepted to be answered.
    package var shutdownGrace = 5_000

    /// The folder that holds the data file.
    package var dataFolder = Defaults.dataFolder
    /// The largest size that the data file can reach.
    package var mapSize = Defaults.mapSize
    /// Percent of the map or disk that must stay free: below it, publishes are refused and acks go on.
    package var reservePercent = Defaults.reservePercent
    /// The least that must stay free, whatever `reservePercent` says.
    package var reserveMinimum = Defaults.reserveMinimum

    /// The largest message body that is accepted.
    package var maxBody = Defaults.maxBody
    /// Whether a publish or a subscribe to an unknown topic creates it.
    package var autoCreateTopics = true
    /// How long the ids of a topic's messages are remembered, so that a repeat is recognised.
    package var dedupWindow = Defaults.dedupWindow
    /// Ids that one topic remembers at most.
    package var dedupIDs = Defaults.dedupIDs
    /// Settings of topics by name or `prefix.*`, each a line such as `audit.* max-age=30d max-bytes=1000000000`.
    package var topicPatterns: [String] = []

    /// Unsettled deliveries of a consumer that names no window.
    package var window = Defaults.window
    /// The lease of a subscription that names none.
    package var lease = Defaults.lease
    /// The longest time one delivery can be held, however often its lease is extended.
    package var leaseCap = Defaults.leaseCap
    /// Failures of a message before it is dead-lettered.
    package var maxFailures = Defaults.maxFailures
    /// Deliveries in a row that end uncounted before a message is dead-lettered.
    package var maxDeliveries = Defaults.maxDeliveries
    /// Bytes that are remembered of messages that wait behind held keys.
    package var keyMemory = 64 << 20
    /// Delays before each further delivery of a message that failed; the last one repeats.
    package var backoff = Defaults.backoff

    package init() {}

    /// Whether connections are secured.
    package var hasTLS: Bool { !tlsCertificate.isEmpty }

    /// The limit that is applied: `maxOutboundBytes`, or more where that would close a client that keeps reading.
    ///
    /// Such a client can have this much waiting: deliveries up to the point where the broker pauses them (4 MiB and one
    /// message more), one answer as large as a message, and 2 MiB of small replies.
    package var outboundLimit: Int { max(maxOutboundBytes, (6 << 20) + 2 * maxBody) }

    /// The limit that is applied: `maxSendingBytes`, or what two connections may have waiting.
    ///
    /// Half of it is for deliveries, since the buffers that they lie in can be twice as large.
    package var sendingLimit: Int { max(maxSendingBytes, 2 * outboundLimit) }
}
