// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What all connections of a server hold together, so that memory is bounded however many there are.
///
/// What waits for the broker is bounded by the batch pool.
struct SharedMemory: Sendable {
    /// Half-received frames.
    let receiving: ReceiveBudget
    /// What was written and not taken.
    let outbound: OutboundTotal

    init(_ configuration: ServerConfiguration) {
        receiving = ReceiveBudget(limit: configuration.maxReceivingBytes)
        // One client that keeps reading is never the one for which most waits.
        outbound = OutboundTotal(limit: max(configuration.maxSendingBytes, 2 * configuration.outboundLimit))
    }
}
