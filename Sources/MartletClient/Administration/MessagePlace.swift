// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// Which message of a topic is meant.
public enum MessagePlace: Sendable, Hashable {
    /// The one at that offset.
    case offset(UInt64)
    /// The one that has this id.
    case id(String)

    /// As the protocol has it.
    func reference() throws(ClientError) -> MessageReference {
        switch self {
        case .offset(let offset): return .offset(offset)
        case .id(let id):
            try Check.identifier(id, "id")
            return .id(Array(id.utf8))
        }
    }
}
