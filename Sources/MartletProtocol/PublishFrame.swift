// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A publish as it stands in the read buffer: valid only while the receiver is called with it.
package struct PublishFrame {
    /// The topic's name, checked.
    package var topic: UnsafeRawBufferPointer
    /// The id, empty when none was given.
    package var id = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The key, empty when none was given.
    package var key = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The process, empty when none was given.
    package var process = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The cause, empty when none was given.
    package var cause = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The headers, checked.
    package var headers = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The body.
    package var body = UnsafeRawBufferPointer(start: nil, count: 0)
}

/// Takes what a decoder finds, in the order in which it came.
package protocol CommandReceiver: ~Copyable {
    /// A publish; its bytes are gone when this returns.
    mutating func publish(_ frame: PublishFrame)
    /// An `ACK` of one tag or one range, the common form.
    mutating func acknowledge(consumer: UInt64, first: UInt64, last: UInt64)
    /// Any other command.
    mutating func receive(_ command: Command)
    /// A frame that is refused, with the reply that it gets.
    mutating func refuse(_ error: ProtocolError)
    /// Whether the decoder shall go on; when not, the rest of the bytes stays with the caller.
    var wantsMore: Bool { get }
}
