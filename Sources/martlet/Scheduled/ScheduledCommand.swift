// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `martlet scheduled`: messages whose time has not come.
struct ScheduledCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scheduled",
        abstract: "Look at messages whose time has not come, and change or cancel them.",
        discussion: """
              martlet pub orders --at '2026-11-27 08:00' --id reminder-17 <<< 'call Ann'
              martlet scheduled list orders
              martlet scheduled reschedule orders reminder-17 --delay 2h
              martlet scheduled cancel orders reminder-17

            A message that was published without an id cannot be changed; 'martlet purge'
            cancels all.
            """,
        subcommands: [ScheduledListCommand.self, ScheduledCancelCommand.self, ScheduledRescheduleCommand.self])
}
