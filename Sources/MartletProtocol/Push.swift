// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// A message on its way to a consumer, as the bytes of the store hold it.
package struct Push {
    /// The consumer's number.
    package var consumer: UInt64
    /// The tag of this delivery.
    package var tag: UInt64
    /// The message's place in the topic.
    package var offset: UInt64
    /// Deliveries so far, this one included.
    package var attempt: UInt64
    /// When it was published, in Unix milliseconds.
    package var time: UInt64
    /// What was published.
    package var message: MessageFields
    /// The outcome of the message when it was handled before, or nil.
    package var receipt: String?
    /// What the person said who gave the message back, or nil.
    package var note: String?
    /// Failures so far.
    package var failures: UInt64 = 0

    /// Makes a push.
    package init(
        consumer: UInt64, tag: UInt64, offset: UInt64, attempt: UInt64, time: UInt64, message: MessageFields
    ) {
        self.consumer = consumer
        self.tag = tag
        self.offset = offset
        self.attempt = attempt
        self.time = time
        self.message = message
    }
}
