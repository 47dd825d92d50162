// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Runs the body until it returns, or until the demonstration that started this process is gone.
func whileParentLives(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let parent = getppid()
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await body() }
        group.addTask { while getppid() == parent { try await DemoClock.wait(milliseconds: 500) } }
        try await group.next()
        group.cancelAll()
    }
}
