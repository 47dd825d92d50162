// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// Takes what a decoder finds, in the order in which it came.
package protocol CommandReceiver: ~Copyable {
    /// The `HELLO` that opens the conversation.
    mutating func greet(_ hello: Hello)
    /// A publish to a topic whose name is checked; all bytes are gone when this returns.
    mutating func publish(topic: UnsafeRawBufferPointer, _ message: MessageFields)
    /// An `ACK` of one tag or one range, the common form.
    mutating func acknowledge(consumer: UInt64, first: UInt64, last: UInt64)
    /// Any other command.
    mutating func receive(_ command: Command)
    /// A frame that is refused, with the reply that it gets.
    mutating func refuse(_ refusal: Refusal)
    /// Whether the decoder shall go on; when not, the rest of the bytes stays with the caller.
    var wantsMore: Bool { get }
}
