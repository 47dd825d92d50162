// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a handler said of its work with a `TOUCH`.
struct HandlerProgress {
    /// Percent done, if it said so.
    var percent: Int?
    /// What it is doing, if it said so.
    var note: String?
}
