// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

/// What is to be known of a published message's id to recognise a repeat, found out before the broker has the message.
struct IDMark {
    /// The hash of the id; 0 when there is none.
    let hash: UInt64
    /// The sum of the body.
    let sum: UInt32
    /// Bytes of the record.
    let size: UInt32
    /// Whether the message has an id.
    let hasID: Bool

    /// Looks at a message whose record has so many bytes.
    init(_ fields: MessageFields, size: Int, idKey: UInt64) {
        hasID = !fields.id.isEmpty
        hash = hasID ? IDHash.hash(fields.id, idKey: idKey) : 0
        sum = hasID ? MessageID.sum(of: fields.body) : 0
        self.size = UInt32(size)
    }
}
