// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// How a delivery is to be settled.
struct Settling: Hashable {
    /// The tag of the delivery.
    var tag: UInt64
    /// How it ends.
    var verb: Settle.Verb
    /// The error's code, or empty.
    var code = ""
}
