// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// What all connections of a server hold together, so that memory is bounded however many there are.
///
/// What waits for the broker is bounded by the batch pool; what the broker hands out, by its delivery budget.
struct SharedMemory: Sendable {
    /// Half-received frames.
    let receiving: ReceiveBudget
    /// What was written and not taken.
    let outbound: OutboundTotal

    init(_ configuration: ServerConfiguration) {
        receiving = ReceiveBudget(
            limit: configuration.maxReceivingBytes, timeout: .milliseconds(Int64(configuration.crowdedFrameTimeout)))
        outbound = OutboundTotal(limit: configuration.sendingLimit)
    }
}
