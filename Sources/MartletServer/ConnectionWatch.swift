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
        /// A frame was begun, and no more of it came.
        case unfinishedFrame
        /// No `HELLO` came in time.
        case noHello
    }

    /// How late a check may be.
    ///
    /// One that is later follows a pause of the process or of its event loop.
    static let tolerance = TimeAmount.milliseconds(100)
    /// Bytes that are progress of a frame; fewer count when they are its last.
    static let frameProgress = 64 << 10

    /// When to ask for a verdict next.
    private(set) var nextCheck: NIODeadline
    private let stallTimeout: TimeAmount
    private let frameTimeout: TimeAmount
    private var isGreeted = false
    /// The heartbeat that was agreed on; zero is none.
    private var heartbeat = TimeAmount.zero
    private var helloDeadline: NIODeadline
    private var lastHeard: NIODeadline
    /// When the socket took bytes last, or the first began to wait for it.
    private(set) var lastProgress: NIODeadline
    private var lastPing = NIODeadline.distantPast
    /// Bytes of an unfinished frame at the time of its last progress.
    private var frame: (bytes: Int, time: NIODeadline)?

    /// Begins to watch a connection that was opened now.
    init(_ configuration: ServerConfiguration, at now: NIODeadline) {
        stallTimeout = .milliseconds(Int64(configuration.stallTimeout))
        frameTimeout = .milliseconds(Int64(configuration.frameTimeout))
        helloDeadline = now + .milliseconds(Int64(configuration.helloTimeout))
        nextCheck = helloDeadline
        lastHeard = now
        lastProgress = now
    }

    /// Gives the `HELLO` so much time from now on.
    mutating func awaitHello(_ timeout: TimeAmount, at now: NIODeadline) {
        helloDeadline = now + timeout
        nextCheck = helloDeadline
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

    /// So many bytes of an unfinished frame are here; zero is none.
    ///
    /// - Parameter isNew: whether an earlier frame was finished since the last call.
    mutating func holds(_ bytes: Int, isNew: Bool, at now: NIODeadline) {
        guard bytes > 0 else {
            frame = nil
            return
        }
        if let frame, !isNew, bytes - frame.bytes < Self.frameProgress { return }
        frame = (bytes, now)
    }

    /// The rest of the frame cannot come now, since it is not read.
    mutating func doesNotRead(at now: NIODeadline) {
        frame?.time = now
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
        case .unfinishedFrame: frame = nil
        case .fine, .silent, .stalled: break
        }
        plan(isWaiting: isWaiting, at: now)
        return verdict
    }

    private func judge(isWaiting: Bool, at now: NIODeadline) -> Verdict {
        guard isGreeted else { return now >= helloDeadline ? .noHello : .fine }
        if isWaiting, now - lastProgress >= stallTimeout { return .stalled }
        let silence = now - lastHeard
        if heartbeat > .zero, silence >= 2 * heartbeat { return .silent }
        if let frame, now - frame.time >= frameTimeout { return .unfinishedFrame }
        return heartbeat > .zero && silence >= heartbeat && !isPinged ? .ping : .fine
    }

    /// Whether a `PING` was sent since the client was last heard.
    private var isPinged: Bool { lastPing > lastHeard }

    /// Does not count a pause of our own: what the client sent meanwhile may still lie in the socket.
    private mutating func forgive(_ pause: TimeAmount, at now: NIODeadline) {
        lastHeard = min(now, lastHeard + pause)
        lastProgress = min(now, lastProgress + pause)
        if let frame { self.frame?.time = min(now, frame.time + pause) }
    }

    private mutating func plan(isWaiting: Bool, at now: NIODeadline) {
        guard isGreeted else {
            nextCheck = helloDeadline
            return
        }
        // Only a check or a write notices that bytes were taken, so looking twice per timeout keeps the error small. A
        // frame that is begun behind a check is seen by the next one.
        nextCheck = now + .nanoseconds(min(stallTimeout, frameTimeout).nanoseconds / 2)
        if let frame { nextCheck = min(nextCheck, frame.time + frameTimeout) }
        if isWaiting { nextCheck = min(nextCheck, lastProgress + stallTimeout) }
        if heartbeat > .zero { nextCheck = min(nextCheck, lastHeard + (isPinged ? 2 : 1) * heartbeat) }
    }
}
