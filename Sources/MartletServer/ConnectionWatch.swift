// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Judges by time whether a connection says nothing, or takes nothing.
///
/// It reads no clock: the time comes in with each call, and `nextCheck` says when to ask for the next verdict.
struct ConnectionWatch {
    /// What to do about a connection.
    enum Verdict: Equatable {
        /// Nothing.
        case fine
        /// Nothing was heard for a heartbeat: ask for a sign of life.
        case ping
        /// Nothing was heard for two heartbeats.
        case silent
        /// Bytes wait, and none were taken for the stall timeout.
        case stalled
        /// No `HELLO` came in time.
        case noHello
    }

    /// How late a check may be.
    ///
    /// One that is later follows a pause of the process or of its event loop.
    static let tolerance = TimeAmount.milliseconds(100)

    /// When to ask for a verdict next.
    private(set) var nextCheck: NIODeadline
    private let stallTimeout: TimeAmount
    private var isGreeted = false
    /// The heartbeat that was agreed on; zero is none.
    private var heartbeat = TimeAmount.zero
    private var helloDeadline: NIODeadline
    private var lastHeard: NIODeadline
    private var lastProgress: NIODeadline
    private var lastPing = NIODeadline.distantPast

    /// Begins to watch a connection that was opened now.
    init(_ configuration: ServerConfiguration, at now: NIODeadline) {
        stallTimeout = .milliseconds(Int64(configuration.stallTimeout))
        helloDeadline = now + .milliseconds(Int64(configuration.helloTimeout))
        nextCheck = helloDeadline
        lastHeard = now
        lastProgress = now
    }

    /// The bytes that were heard last were a `HELLO`, which agreed on a heartbeat; zero is none.
    mutating func greeted(heartbeat: TimeAmount) {
        isGreeted = true
        self.heartbeat = heartbeat
        plan(isWaiting: false, at: lastHeard)
    }

    /// Bytes arrived.
    mutating func heard(at now: NIODeadline) {
        lastHeard = now
    }

    /// The socket took bytes, or the first bytes began to wait for it.
    mutating func progressed(at now: NIODeadline) {
        lastProgress = now
    }

    /// Judges the connection, and sets `nextCheck`.
    ///
    /// - Parameter isWaiting: whether bytes wait for the socket to take them.
    mutating func verdict(isWaiting: Bool, at now: NIODeadline) -> Verdict {
        let delay = now - nextCheck
        if delay > Self.tolerance {
            forgive(delay, at: now)
            plan(isWaiting: isWaiting, at: now)
            // By then the event loop has read every socket that has something to read.
            nextCheck = max(nextCheck, now + Self.tolerance)
            return .fine
        }
        let verdict = judge(isWaiting: isWaiting, at: now)
        switch verdict {
        case .ping: lastPing = now
        // What the client is told about that gets as long to be taken as anything else.
        case .noHello: helloDeadline = now + stallTimeout
        case .fine, .silent, .stalled: break
        }
        plan(isWaiting: isWaiting, at: now)
        return verdict
    }

    private func judge(isWaiting: Bool, at now: NIODeadline) -> Verdict {
        guard isGreeted else { return now >= helloDeadline ? .noHello : .fine }
        if isWaiting, now - lastProgress >= stallTimeout { return .stalled }
        guard heartbeat > .zero else { return .fine }
        let silence = now - lastHeard
        if silence >= 2 * heartbeat { return .silent }
        return silence >= heartbeat && !isPinged ? .ping : .fine
    }

    /// Whether a `PING` was sent since the client was last heard.
    private var isPinged: Bool { lastPing > lastHeard }

    /// Does not count a pause of our own: what the client sent meanwhile may still lie in the socket.
    private mutating func forgive(_ pause: TimeAmount, at now: NIODeadline) {
        lastHeard = min(now, lastHeard + pause)
        lastProgress = min(now, lastProgress + pause)
    }

    private mutating func plan(isWaiting: Bool, at now: NIODeadline) {
        guard isGreeted else {
            nextCheck = helloDeadline
            return
        }
        // Only a check or a write notices that bytes were taken, so looking twice per timeout keeps the error small.
        nextCheck = now + .nanoseconds(stallTimeout.nanoseconds / 2)
        if isWaiting { nextCheck = min(nextCheck, lastProgress + stallTimeout) }
        if heartbeat > .zero { nextCheck = min(nextCheck, lastHeard + (isPinged ? 2 : 1) * heartbeat) }
    }
}
