// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

/// Writes down what a decoder finds.
struct FrameRecorder: CommandReceiver {
    enum Event: Equatable {
        case hello(Hello)
        /// Topic, id, key, process, cause, headers, body.
        case publish([[UInt8]])
        case ack(consumer: UInt64, first: UInt64, last: UInt64)
        case command(Command)
        case refused(Refusal)
    }

    private(set) var events: [Event] = []

    var wantsMore: Bool { true }

    mutating func greet(_ hello: Hello) { events.append(.hello(hello)) }

    mutating func publish(topic: UnsafeRawBufferPointer, _ message: MessageFields) {
        let fields = [message.id, message.key, message.process, message.cause, message.headers, message.body]
        events.append(.publish([Array(topic)] + fields.map { Array($0) }))
    }

    mutating func acknowledge(consumer: UInt64, first: UInt64, last: UInt64) {
        events.append(.ack(consumer: consumer, first: first, last: last))
    }

    mutating func receive(_ command: Command) { events.append(.command(command)) }

    mutating func refuse(_ refusal: Refusal) { events.append(.refused(refusal)) }
}
