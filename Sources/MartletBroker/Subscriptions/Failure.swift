// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// A delivery that did not work out.
struct Failure {
    /// How it ended.
    var outcome: AttemptOutcome
    var code = ""
    var note = ""
    /// The delay that the consumer asked for, in milliseconds.
    var delay: Int?
}
