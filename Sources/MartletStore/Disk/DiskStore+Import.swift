// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB

extension DiskStore {
    /// Goes on where another store stood, whose contents were committed to this one: at its batch and its next ids.
    package func goOn(
        from batch: UInt64, at time: UInt64, nextTopic topic: UInt64, nextSubscription subscription: UInt64
    ) throws(StoreError) {
        try writeBackAll()
        do {
            try environment.withWriteTransaction { transaction in
                try Self.putApplied(max(batch, applied), max(time, self.time), transaction, tables)
                try Self.put(max(topic, nextTopic), as: .nextTopic, transaction, tables)
                try Self.put(max(subscription, nextSubscription), as: .nextSubscription, transaction, tables)
            }
            try environment.sync()
        } catch {
            throw StoreError(.failed, "cannot commit", cause: error)
        }
    }
}
