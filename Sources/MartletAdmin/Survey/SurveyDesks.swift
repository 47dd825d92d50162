// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock

/// The desks of all callers: those with the same name see the same things.
final class SurveyDesks: Sendable {
    /// Names whose desks are kept.
    private static let limit = 100

    private let desks = Lock<[String: SurveyDesk]>([:])

    /// The desk for a caller.
    func desk(of caller: Caller) -> SurveyDesk {
        desks.withLock { desks in
            if let desk = desks[caller.name] { return desk }
            if desks.count >= Self.limit { desks.removeAll() }
            let desk = SurveyDesk()
            desks[caller.name] = desk
            return desk
        }
    }
}
