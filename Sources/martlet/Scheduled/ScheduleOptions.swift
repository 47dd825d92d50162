// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletModel

/// When a message is to become visible.
struct ScheduleOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Not before this time span has passed, such as 30m; up to 365d.", valueName: "duration"))
    var delay: String?

    @Option(
        help: ArgumentHelp(
            "Not before this time, such as 14:30 or '2026-11-27 14:30' (of this machine's time zone).",
            valueName: "time"))
    var at: String?

    func validate() throws { _ = try schedule() }

    /// When, if it is said.
    func schedule() throws -> Schedule? {
        switch (delay, at) {
        case (nil, nil): return nil
        case (let delay?, nil): return .delay(try DurationArgument.option("--delay", delay))
        case (nil, let at?): return .at(try TimeArgument.option("--at", at, .coming))
        default: throw ValidationError("--delay and --at: say one of them")
        }
    }
}
