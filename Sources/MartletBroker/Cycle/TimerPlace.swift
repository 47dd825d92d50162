// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The place of an owner's timer in the queue; an owner has as many timers as it has places.
final class TimerPlace {
    /// The index in the queue, or -1 when the timer is not set.
    var index = -1
    /// When it is due, in steady milliseconds; nil when it is not set.
    var time: UInt64?
}
