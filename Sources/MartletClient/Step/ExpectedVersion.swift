// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

/// Which version a record must have for a change to be made.
public enum ExpectedVersion: Sendable, Hashable {
    /// Exactly this one.
    case version(UInt64)
    /// There must be no such record.
    case absent
    /// Any version, or no record at all.
    case any

    /// As the protocol has it.
    var version: RecordVersion {
        switch self {
        case .version(let version): .exactly(version)
        case .absent: .exactly(0)
        case .any: .any
        }
    }
}
