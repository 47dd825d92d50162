// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletProtocol
import MartletService

/// Puts what a decoder finds into a batch for the broker.
struct BatchReceiver: CommandReceiver, ~Copyable {
    let connection: ConnectionID
    let pool: BatchPool
    /// The key that ids are hashed with.
    let idKey: UInt64
    let limits: Backpressure.Limits
    private var gathered = CommandGatherer()
    /// What was read and is not answered yet.
    var backpressure = Backpressure()
    private(set) var hello: Hello?
    /// Whether the client has said `BYE`, behind which nothing is read.
    private(set) var isEnded = false

    init(connection: ConnectionID, pool: BatchPool, idKey: UInt64, limits: Backpressure.Limits) {
        self.connection = connection
        self.pool = pool
        self.idKey = idKey
        self.limits = limits
    }

    /// Whether the socket takes more output; while it does not, no more commands are read.
    var isWritable = true

    /// Whether too much of all connections waits for the broker; set before each decoding.
    var isCrowded = false

    var wantsMore: Bool { !isEnded && isWritable && !isCrowded && backpressure.allowsReading(limits) }

    mutating func greet(_ hello: Hello) {
        self.hello = hello
    }

    mutating func publish(topic: UnsafeRawBufferPointer, _ message: MessageFields) {
        gathered.publish(topic: topic, message, idKey: idKey)
        backpressure.took(publishOf: message.body.count)
    }

    mutating func acknowledge(consumer: UInt64, first: UInt64, last: UInt64) {
        gathered.ack(consumer: consumer, first: first, last: last)
        backpressure.tookCommand()
    }

    mutating func receive(_ command: Command) {
        isEnded = command == .bye
        gathered.add(command)
        switch command {
        case .publish(let message): backpressure.took(publishOf: message.body.count)
        case .info, .peek, .list, .scheduled, .parked, .why(_, _, nil), .tree:
            backpressure.tookQuestion(weight: Backpressure.Limits.questions)
        case .get, .set, .why: backpressure.tookQuestion(weight: 1)
        default: backpressure.tookCommand()
        }
    }

    mutating func refuse(_ refusal: Refusal) {
        gathered.add(refusal)
        backpressure.tookCommand()
    }

    /// Takes the `HELLO` that was read, once.
    mutating func takeHello() -> Hello? {
        defer { hello = nil }
        return hello
    }

    /// Takes the commands that were read; nil when there are none.
    mutating func takeBatch() -> CommandBatch? {
        gathered.isEmpty ? nil : pool.batch(&gathered, of: connection)
    }
}
