// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How the demonstration waits: the simulated model thinks, the person looks elsewhere, the supervisor looks again.
enum DemoClock {
    /// Waits; it ends at once when the task is cancelled.
    ///
    /// - Throws: `CancellationError`.
    static func wait(milliseconds: Int) async throws {
        try await ContinuousClock().sleep(for: .milliseconds(milliseconds))
    }
}
