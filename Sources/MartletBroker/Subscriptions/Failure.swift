// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A delivery that did not work out.
struct Failure {
    /// How it ended: `nack`, `reject`, `timeout`, `lease-cap` or `disconnect`.
    var outcome: String
    var code = ""
    var note = ""
    /// The delay that the consumer asked for, in milliseconds.
    var delay: Int?
}
