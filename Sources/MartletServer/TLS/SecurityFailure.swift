// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// An event of the pipeline: the connection was not secured, or is not any more, and ends for that.
struct SecurityFailure {
    /// Why.
    let reason: CloseReason
}
