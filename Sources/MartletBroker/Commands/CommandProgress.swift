// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How far a command has come that takes several steps.
///
/// It is indirect so that going from one command to the next does not move the largest case each time.
indirect enum CommandProgress {
    /// It has not begun: the ids of these topics have to be read before.
    case ids([Topic])
    case settle(SettleProgress)
    case answer(any LongAnswer)
    case redrive(RedriveCount)
    case purge(PurgeProgress)
}
