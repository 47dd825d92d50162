// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A fault of the core that the simulation has found and that is not mended: what it breaks is not judged elsewhere.
///
/// A test holds that each is still found; once it is mended that test fails, and the case goes.
enum OpenFault: CaseIterable {
    /// A settle that waits behind a command that a step had no room for loses its lease, although it came in time.
    case cutStepForgetsArrival
    /// Tags begin anew with each consumer of a number, so that an old one settles another's message (F2).
    case tagsBeginAnew
    /// A clock that runs ahead for a while lets retention drop what nobody has settled.
    case clockAheadDropsUnsettled
    /// What waits for its time waits for the wall clock: one that is set back by hours delays it by hours.
    case delayFollowsWallClock

    /// Where the search for it begins, so that it does not take long.
    var firstSeed: UInt64 { self == .cutStepForgetsArrival ? 150 : 1 }

    /// Whether it is what was found.
    func isFound(in problem: String) -> Bool {
        self == .clockAheadDropsUnsettled ? problem.contains("retention drops") : true
    }
}
