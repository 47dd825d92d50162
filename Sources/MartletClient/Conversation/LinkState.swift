// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Where a client is in its life, from connection to connection; holds no socket and no clock.
struct LinkState: Sendable {
    /// What a client does at the moment.
    enum Phase: Sendable, Equatable {
        /// It has not been started. Can become `connecting` or `ended`.
        case idle
        /// It opens a connection and says `HELLO`. Can become `open`, `waiting` or `ended`.
        case connecting
        /// Commands can be written. Can become `leaving`, `waiting` or `ended`.
        case open
        /// It waits before it connects again. Can become `connecting` or `ended`.
        case waiting
        /// It has said `BYE`. Becomes `ended`.
        case leaving
        /// It is over.
        case ended
    }

    /// What is to be done next.
    enum Action: Equatable {
        case connect(ClientConfiguration.Address)
        /// Wait so many milliseconds and then call `retry`.
        case wait(milliseconds: Int64)
        case end(failed: Bool)
        case nothing
    }

    private(set) var phase = Phase.idle
    /// Whether the client is to end as soon as no work is left.
    private(set) var isDraining = false
    /// Failures to connect since the last conversation.
    private(set) var failures = 0
    /// Whether there has been a conversation yet.
    private var hasOpened = false
    private let addresses: [ClientConfiguration.Address]
    private let least: Int64
    private let most: Int64
    private let maxAttempts: Int?
    private var next = 0

    init(_ configuration: ClientConfiguration) {
        addresses = configuration.addresses
        least = max(1, configuration.backoff.least.milliseconds)
        most = max(least, configuration.backoff.most.milliseconds)
        maxAttempts = configuration.maxConnectAttempts
    }

    /// Begins.
    mutating func start() -> Action {
        guard phase == .idle else { return .nothing }
        return connect()
    }

    /// The connection is there, and the broker has answered the greeting.
    mutating func opened() {
        guard phase == .connecting else { return }
        phase = .open
        failures = 0
        hasOpened = true
    }

    /// Whether the failure that comes now is the last of a first round over all addresses: what is wrong with the
    /// certificates then is wrong with how the client was set up.
    var isFirstRoundOver: Bool { !hasOpened && failures + 1 >= addresses.count }

    /// The connection ended, or none could be opened.
    ///
    /// - Parameters:
    ///   - hasWork: whether something still waits for a connection.
    ///   - random: a random number, which spreads the clients of a broker that was restarted.
    mutating func connectionEnded(hasWork: Bool, random: UInt64) -> Action {
        switch phase {
        case .idle, .waiting, .ended: return .nothing
        case .leaving: return end(failed: false)
        case .connecting: failures += 1
        // The first attempt after a conversation waits too: the others that lost theirs come at the same moment.
        case .open: failures = 0
        }
        if isDraining, !hasWork { return end(failed: false) }
        if let maxAttempts, failures > 0, failures >= maxAttempts { return end(failed: true) }
        phase = .waiting
        // Every address is tried before the wait grows.
        let round = max(0, failures - 1) / addresses.count
        let longest = min(most, least << Int64(min(round, 30)))
        let half = longest / 2
        return .wait(milliseconds: half + Int64(random % UInt64(longest - half + 1)))
    }

    /// The wait is over.
    mutating func retry() -> Action {
        guard phase == .waiting else { return .nothing }
        return connect()
    }

    /// The client is to end once its work is done.
    mutating func drain(hasWork: Bool) -> Action {
        isDraining = true
        switch phase {
        case .idle: return end(failed: false)
        case .connecting, .waiting: return hasWork ? .nothing : end(failed: false)
        case .open, .leaving, .ended: return .nothing
        }
    }

    /// `BYE` is said.
    mutating func leave() {
        if phase == .open { phase = .leaving }
    }

    /// The client ends, in every phase.
    mutating func end() {
        phase = .ended
    }

    private mutating func end(failed: Bool) -> Action {
        phase = .ended
        return .end(failed: failed)
    }

    private mutating func connect() -> Action {
        phase = .connecting
        defer { next = (next + 1) % addresses.count }
        return .connect(addresses[next])
    }
}
