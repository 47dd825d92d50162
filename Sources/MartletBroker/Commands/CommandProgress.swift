// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How far a command has come that takes several steps.
enum CommandProgress {
    case settle(SettleProgress)
    case list(ListProgress)
    case redrive(RedriveCount)
    case purge(PurgeProgress)
}
