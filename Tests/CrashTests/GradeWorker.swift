// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletClient
import MartletLock
import NIOCore

@testable import CrashKit

/// Workers of one grade, one after the other: each ends as a process that was killed, but the last.
///
/// The process cannot be killed with the test in it. Its connection is cut without a word, at whatever moment, and its
/// tasks are abandoned: what they have begun outside of Martlet they may still finish, as a paused process would.
struct GradeWorker: Sendable {
    /// How a worker ends.
    enum End: Sendable {
        case killed
        case drained
    }

    let grade: Grade
    let work: GradeWork
    private let ends: AsyncStream<End>
    private let end: AsyncStream<End>.Continuation

    init(_ grade: Grade, _ work: GradeWork) {
        self.grade = grade
        self.work = work
        (ends, end) = AsyncStream.makeStream(of: End.self)
    }

    /// Ends the worker that is there; unless all is drained, another takes its place.
    func end(_ kind: End) {
        end.yield(kind)
        if kind == .drained { end.finish() }
    }

    /// Runs workers until they drain.
    func run(port: Int) async {
        var kinds = ends.makeAsyncIterator()
        var isOver = false
        while !isOver, !Task.isCancelled {
            let line = Line()
            guard let client = try? Client(Self.configuration(port, line), logger: Self.logger) else { return }
            isOver = await withTaskGroup(of: Void.self) { group in
                group.addTask { await complain(unless: line) { try await client.run() } }
                group.addTask { await complain(unless: line) { try await work.consume(grade, with: client) } }
                let kind = await kinds.next()
                if kind == .killed {
                    line.cut()
                    group.cancelAll()
                } else {
                    line.retire()
                    client.shutDown()
                }
                await group.waitForAll()
                return kind != .killed
            }
        }
    }

    private func complain(unless line: Line, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch let error as ClientError where error.code == .closed && line.isRetired {
            // It was told to stop before it had begun.
        } catch {
            if !line.isCut { work.complain("\(grade): a worker ended by itself: \(error)") }
        }
    }

    static var logger: Logger {
        var logger = Logger(label: "grades")
        logger.logLevel = .critical
        return logger
    }

    static func configuration(_ port: Int, _ line: Line? = nil) -> ClientConfiguration {
        var configuration = ClientConfiguration(addresses: [.init(host: "127.0.0.1", port: port)])
        configuration.backoff = .init(least: .milliseconds(1), most: .milliseconds(20))
        if let line { configuration.onConnect = { line.attach($0) } }
        return configuration
    }

    /// The connection of a client, which can be cut.
    final class Line: Sendable {
        private struct State {
            var channel: (any Channel)?
            var isCut = false
            var isRetired = false
        }

        private let state = Lock(State())

        func attach(_ channel: any Channel) {
            let isCut = state.withLock { state in
                state.channel = channel
                return state.isCut
            }
            if isCut { channel.close(promise: nil) }
        }

        var isCut: Bool { state.withLock { $0.isCut } }
        var isRetired: Bool { state.withLock { $0.isRetired } }

        /// The client is about to leave in order.
        func retire() { state.withLock { $0.isRetired = true } }

        /// Cuts the connection, and every later one.
        func cut() {
            let channel = state.withLock { state in
                state.isCut = true
                return state.channel
            }
            channel?.close(promise: nil)
        }
    }
}
