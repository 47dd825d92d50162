// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

/// A `LIST` on its way: one that has to look past many records that are gone goes on over several steps.
struct ListProgress {
    let request: ListRecords
    /// The row behind which it goes on.
    var after: [UInt8]
    var found: [RecordInfo] = []

    init(_ request: ListRecords) {
        self.request = request
        after = StateRecord.rowKey(space: request.space, key: request.after)
    }
}
