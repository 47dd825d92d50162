// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB
import MartletStore

/// How much a data file grows while one reads it, and when that is too much.
final class Growth {
    private let snapshot: StoreSnapshot
    private let limit: Int
    private(set) var bytes = 0
    private var isOver = false

    init(snapshot: StoreSnapshot, limit: Int) {
        self.snapshot = snapshot
        self.limit = limit
    }

    func check() throws(DataError) {
        guard !isOver else { return }
        bytes = snapshot.image.grownBytes
        guard bytes <= limit else {
            throw DataError(
                .refused,
                "given up: the data file has grown by \(bytes) bytes while it was read, and may by \(limit) "
                    + "(--max-growth)"
            )
        }
    }

    /// Counts no longer: what is read from now on is another file.
    func end() {
        if !isOver { bytes = snapshot.image.grownBytes }
        isOver = true
        snapshot.image.unpin()
    }
}
