// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

/// Where a subscription begins that does not exist yet; one that exists goes on where it was.
public enum StartPosition: Sendable, Hashable {
    /// At the oldest message that the topic still has.
    case earliest
    /// Behind the newest message.
    case new
    /// At an offset.
    case offset(UInt64)
    /// At the first message published at or after a time, in Unix milliseconds.
    case time(UInt64)

    /// As the protocol has it.
    var start: Start {
        switch self {
        case .earliest: .earliest
        case .new: .new
        case .offset(let offset): .offset(offset)
        case .time(let time): .time(time)
        }
    }
}
