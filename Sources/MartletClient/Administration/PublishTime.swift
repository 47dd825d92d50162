// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// When a message becomes visible: at most a year ahead.
public enum PublishTime: Sendable, Hashable {
    /// After a time from now, by the broker's clock; in a step, from the commit on.
    case after(Duration)
    /// At a time, in Unix milliseconds; what is past is now.
    case at(UInt64)

    /// As the protocol has it.
    var schedule: Schedule {
        switch self {
        case .after(let delay): .delay(Int(max(0, delay.milliseconds)))
        case .at(let time): .at(time)
        }
    }
}
