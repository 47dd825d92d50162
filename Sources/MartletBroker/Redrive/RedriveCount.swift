// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// A `REDRIVE` on its way: the dead letters that it means are counted over several steps.
struct RedriveCount {
    let request: Redrive
    /// The next dead letter that is looked at.
    var next: UInt64 = 1
    var meant: UInt64 = 0

    init(_ request: Redrive) {
        self.request = request
    }
}
