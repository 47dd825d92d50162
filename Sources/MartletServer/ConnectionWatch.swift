// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Notices that a connection says nothing, or takes nothing.
struct ConnectionWatch {
    /// What is to be done about a connection.
    enum Verdict: Equatable {
        /// Nothing.
        case fine
        /// Ask for a sign of life.
        case ping
        /// Nothing was heard for two heartbeats.
        case silent
        /// Nothing was taken although something waits.
        case stalled
        /// No `HELLO` came in time.
        case noHello
    }

    private let helloTimeout: Int64
    private let stallTimeout: Int64
    private var heartbeat: Int64 = 0
    private var task: Scheduled<Void>?
    private var interval: Int64 = 0
    private var eventLoop: (any EventLoop)?
    private var onCheck: (() -> Void)?
    private var lastHeard = NIODeadline.now()
    private var lastProgress = NIODeadline.now()
    private var written = 0
    private var taken = 0

    init(_ configuration: ServerConfiguration) {
        helloTimeout = Int64(configuration.helloTimeout)
        stallTimeout = Int64(configuration.stallTimeout)
    }

    /// Begins to watch.
    mutating func start(_ eventLoop: any EventLoop, _ onCheck: @escaping () -> Void) {
        self.eventLoop = eventLoop
        self.onCheck = onCheck
        schedule(every: helloTimeout)
    }

    /// The conversation has begun; 0 is no heartbeat.
    mutating func greeted(heartbeat: Int64) {
        self.heartbeat = heartbeat
        let half = max(heartbeat / 2, 1)
        schedule(every: heartbeat == 0 ? stallTimeout : min(half, stallTimeout))
    }

    /// Ends the watch.
    mutating func stop() {
        task?.cancel()
        task = nil
        onCheck = nil
        eventLoop = nil
    }

    /// Goes on watching after a check.
    mutating func again() {
        task?.cancel()
        guard let eventLoop, let onCheck else { return }
        task = eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(interval)) { onCheck() }
    }

    /// Something came in.
    mutating func heard() {
        lastHeard = .now()
    }

    /// Something was written; `waiting` bytes have not been taken yet.
    mutating func sent(_ bytes: Int, waiting: Int) {
        if written == taken { lastProgress = .now() }
        written += bytes
        note(waiting: waiting)
    }

    /// What is to be done now.
    mutating func verdict(isGreeted: Bool, waiting: Int) -> Verdict {
        note(waiting: waiting)
        guard isGreeted else { return .noHello }
        let now = NIODeadline.now()
        if waiting > 0, now - lastProgress >= .milliseconds(stallTimeout) { return .stalled }
        guard heartbeat > 0 else { return .fine }
        let silence = now - lastHeard
        if silence >= .milliseconds(2 * heartbeat) { return .silent }
        return silence >= .milliseconds(heartbeat) ? .ping : .fine
    }

    private mutating func note(waiting: Int) {
        let now = written - waiting
        if now > taken {
            taken = now
            lastProgress = .now()
        }
    }

    private mutating func schedule(every interval: Int64) {
        self.interval = interval
        again()
    }
}
