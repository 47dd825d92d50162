// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The fields of `RECEIPT`: writes the outcome of a message for a subscription.
package struct WriteReceipt: Equatable, Sendable {
    /// A consumer of the subscription.
    package var consumer: UInt64
    /// The message's id, or `#<offset>`.
    package var key: [UInt8]
    /// What came of the message.
    package var outcome: String
    /// How long the receipt stays, in milliseconds.
    package var lifetime: Int

    /// Makes the fields of one receipt.
    package init(consumer: UInt64, key: [UInt8], outcome: String, lifetime: Int = Limits.defaultReceipt) {
        self.consumer = consumer
        self.key = key
        self.outcome = outcome
        self.lifetime = lifetime
    }
}
