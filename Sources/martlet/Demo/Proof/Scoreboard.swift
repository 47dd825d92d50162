// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock

/// What the tasks of a demonstration count together, and what went wrong in them.
final class Scoreboard: Sendable {
    private let state = Lock(
        (tally: Tally(), problems: [String](), isInterrupted: false, isSent: false, overlooked: Set<Int>()))

    /// How it stands.
    var tally: Tally { state.withLock { $0.tally } }
    /// What should not have happened.
    var problems: [String] { state.withLock { $0.problems } }
    /// Whether a person wants it to end.
    var isInterrupted: Bool { state.withLock { $0.isInterrupted } }

    /// A person wants it to end.
    func interrupt() { state.withLock { $0.isInterrupted = true } }

    /// Whether all was sent that there is to send.
    var isSent: Bool { state.withLock { $0.isSent } }

    /// All was sent.
    func finishSending() { state.withLock { $0.isSent = true } }

    /// A person looks away from a request.
    ///
    /// - Returns: false when that has happened before: the person looks away once.
    func overlook(_ request: Int) -> Bool { state.withLock { $0.overlooked.insert(request).inserted } }

    /// Counts something.
    func count(_ change: @Sendable (inout Tally) -> Void) { state.withLock { change(&$0.tally) } }

    /// Runs a task of the demonstration; that it fails is a problem, that it is cancelled is its end.
    func watch(_ name: String, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch  where !Task.isCancelled {
            state.withLock { $0.problems.append("\(name) failed: \(error)") }
        } catch {
            // Everything is over.
        }
    }
}
