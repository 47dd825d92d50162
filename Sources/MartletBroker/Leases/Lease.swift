// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A delivery that is not settled; a plain value.
struct Lease {
    /// The tag of the delivery, 0 in an empty slot.
    var tag: UInt64
    var offset: UInt64
    /// When it runs out, in steady milliseconds.
    var deadline: UInt64
    /// When the message was handed out, in steady milliseconds.
    var delivered: UInt64
    /// When the message was first handed out, in Unix milliseconds.
    var firstDelivered: UInt64
    /// Deliveries so far, this one included.
    var deliveries: UInt32
    var failures: UInt32
    /// Deliveries in a row before this one that ended uncounted.
    var returns: UInt32 = 0
    /// Whether the handler said that it has begun.
    var isTouched = false
    /// Whether the store has a row about the message.
    var hasRow: Bool
    /// Whether its time to live no longer counts.
    var isTimeless = false
    /// Whether a person said something when it was given back.
    var hasAnswer = false

    /// Takes over what is known about a message that came back.
    mutating func take(_ returned: Returned) {
        // A message that was not handed out before is handed out for the first time now.
        if returned.deliveries > 0 { firstDelivered = returned.firstDelivered }
        failures = returned.failures
        returns = returned.returns
        hasRow = returned.hasRow
        isTimeless = returned.isTimeless
        hasAnswer = returned.hasAnswer
    }
}
