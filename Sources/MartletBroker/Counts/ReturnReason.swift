// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// Why a message is delivered again.
package enum ReturnReason: UInt8, CaseIterable, Sendable {
    /// Its handler failed.
    case nack
    /// Its lease ran out.
    case timeout
    /// Its consumer went away.
    case disconnect
    /// Its consumer gave it back.
    case release
    /// A person gave it back.
    case resolve
    /// It was a dead letter, and was redriven.
    case redrive

    /// Why a message comes back whose delivery ended so.
    init(_ outcome: AttemptOutcome) {
        switch outcome {
        case .nack, .reject: self = .nack
        case .timeout, .leaseCap: self = .timeout
        case .disconnect: self = .disconnect
        case .release: self = .release
        case .park: self = .resolve
        }
    }

    /// Why a message comes back of which the store knows that.
    init(_ row: Deferred) {
        // What a person or a redrive gave back begins anew.
        if row.isTimeless, row.failures == 0, row.returns == 0 {
            self = row.isReopened ? .redrive : .resolve
        } else {
            self = row.attempts.last.map { Self($0.outcome) } ?? .release
        }
    }
}
