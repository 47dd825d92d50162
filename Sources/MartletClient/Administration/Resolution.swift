// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// What a person decides about a message.
public enum Resolution: String, Sendable, Hashable, CaseIterable {
    /// It counts as handled.
    case ack
    /// It is delivered again at once, as if it had never failed, and its TTL no longer counts.
    case retry
    /// It becomes a dead letter.
    case reject

    /// As the protocol has it.
    var decision: Resolve.Decision {
        switch self {
        case .ack: .ack
        case .retry: .retry
        case .reject: .reject
        }
    }
}
