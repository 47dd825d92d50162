// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

public import MartletClient

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// An inbox in a SQLite file: a handler's effects and the note that it ran are one transaction of that file.
///
/// What a handler publishes with `SQLiteDatabase.publish` belongs to that transaction too: it is written to an outbox,
/// and `Client.publish(from:)` takes it out.
///
/// After a crash at any moment, kill -9 and power loss included, either both are there or neither. A message whose ack
/// was lost is recognised when it comes again, and its body does not run. Several inboxes, also of several processes,
/// may share a file: each transaction waits for the others for up to the busy timeout.
///
/// All calls of one inbox run one after another on a queue of its own, since SQLite has one writer per file anyway and
/// blocks for the disk. The file is in WAL mode with `synchronous=FULL`, and foreign keys are checked.
public actor SQLiteInbox: Inbox {
    private let executor: QueueExecutor
    let connection: SQLiteConnection
    let now: @Sendable () -> Int64
    private var watchers: [AsyncStream<Void>.Continuation] = []

    /// The queue of this inbox.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Opens a file with the inbox's table, and creates either if need be.
    ///
    /// It is closed when the last reference to the inbox goes.
    ///
    /// - Parameters:
    ///   - path: the file; its folder must exist and be local, as WAL mode does not work over a network.
    ///   - busyTimeout: for how long a transaction waits for those of other connections, in whole milliseconds.
    /// - Throws: `SQLiteError`; `isBusy` when others held the file for longer than the busy timeout.
    public init(path: String, busyTimeout: Duration = .seconds(5)) async throws {
        try await self.init(path: path, busyTimeout: busyTimeout, now: Self.systemTime)
    }

    /// Opens a file with a clock that gives Unix milliseconds.
    init(path: String, busyTimeout: Duration = .seconds(5), now: @escaping @Sendable () -> Int64) async throws {
        let executor = QueueExecutor(label: "martlet.sqlite")
        let timeout = Int32(clamping: max(0, busyTimeout.milliseconds))
        connection = try await executor.make {
            let connection = try SQLiteConnection(path: path, busyTimeout: timeout)
            _ = try connection.transaction { try Self.createTable(on: connection.handle) }
            return connection
        }
        self.executor = executor
        self.now = now
    }

    /// Whether the message of this key was handled.
    ///
    /// - Throws: `SQLiteError`.
    public func contains(_ key: InboxKey) throws -> Bool {
        var isFound = false
        try connection.run(InboxTable.find, InboxTable.values(of: key)) { _ in isFound = true }
        return isFound
    }

    /// Runs the body and notes the key in one transaction, unless the key was noted before.
    ///
    /// - Returns: what the body returns, or nil when the message was handled before and the body did not run.
    /// - Throws: what the body throws; `SQLiteError`, with `isBusy` when other connections held the file for longer
    ///   than the busy timeout; `CancellationError` when the task was cancelled before it began. Then neither effects
    ///   nor the note are kept.
    public func once<Result: Sendable>(
        _ key: InboxKey, _ body: @Sendable (SQLiteDatabase) throws -> Result
    ) throws -> Result? {
        // A lease that was lost while other messages were handled: another consumer has the message by now.
        try Task.checkCancellation()
        defer { tellWrites() }
        return try connection.transaction {
            guard try InboxTable.note(key, at: now(), on: connection) else { return nil }
            return try connection.guarded { try body(SQLiteDatabase(connection, now: now)) }
        }
    }

    /// Runs the body in a transaction without a note, for example to create the tables that handlers write to.
    ///
    /// - Returns: what the body returns.
    /// - Throws: what SQLite or the body throws; then nothing is kept.
    public func transaction<Result: Sendable>(
        _ body: @Sendable (SQLiteDatabase) throws -> Result
    ) throws -> Result {
        defer { tellWrites() }
        let result = try connection.transaction {
            try connection.guarded { try body(SQLiteDatabase(connection, now: now)) }
        }
        guard let result else { preconditionFailure("a transaction that was committed has a result") }
        return result
    }

    /// Calls back whenever a transaction of this inbox has written messages that are to be published.
    public func writes() -> AsyncStream<Void> {
        let (writes, watcher) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        watchers.append(watcher)
        return writes
    }

    /// Tells the watchers when the transaction that has just ended wrote messages, and forgets those that are gone.
    private func tellWrites() {
        guard connection.takeWrites() else { return }
        watchers.removeAll { watcher in
            if case .terminated = watcher.yield() { true } else { false }
        }
    }

    /// Forgets the keys of messages that were handled longer ago than this.
    ///
    /// A message that comes again after its key was forgotten has its effects again. Keep keys for longer than the
    /// broker can still deliver their messages, which is until the subscription has settled them. Keys go in small
    /// transactions, so that handlers go on meanwhile.
    ///
    /// - Parameter age: the time since the message was handled, by this machine's clock.
    /// - Returns: how many keys were forgotten.
    /// - Throws: `SQLiteError`; what was forgotten until then stays forgotten.
    @discardableResult
    public func forget(olderThan age: Duration) async throws -> Int {
        let limit = now().subtractingReportingOverflow(age.milliseconds)
        // An overflow means an age before the beginning of time: nothing is that old.
        guard !limit.overflow else { return 0 }
        var total = 0
        while true {
            let count = try connection.transaction { try InboxTable.forget(before: limit.partialValue, on: connection) }
            total += count ?? 0
            if count ?? 0 < InboxTable.forgottenAtOnce { return total }
            await Task.yield()
        }
    }

    /// Unix milliseconds.
    static func systemTime() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}

extension Duration {
    /// Whole milliseconds, as far as they can be counted.
    fileprivate var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, sumOverflow) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        if sumOverflow { return seconds < 0 ? .min : .max }
        return sum
    }
}
