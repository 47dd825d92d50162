// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletProtocol

/// Puts what a decoder finds into a batch for the broker.
struct BatchReceiver: CommandReceiver, ~Copyable {
    let connection: ConnectionID
    let pool: BatchPool
    /// The key that ids are hashed with.
    let seal: UInt64
    let limits: Backpressure.Limits
    private var gathered = CommandGatherer()
    /// What was read and is not answered yet.
    var backpressure = Backpressure()
    private(set) var hello: Hello?
    /// Whether the client has said `BYE`, behind which nothing is read.
    private(set) var isEnded = false

    init(connection: ConnectionID, pool: BatchPool, seal: UInt64, limits: Backpressure.Limits) {
        self.connection = connection
        self.pool = pool
        self.seal = seal
        self.limits = limits
    }

    /// Whether the socket takes more output; while it does not, no more commands are read.
    var isWritable = true

    var wantsMore: Bool { !isEnded && isWritable && backpressure.allowsReading(limits) }

    mutating func publish(_ frame: PublishFrame) {
        var fields = MessageFields()
        fields.id = frame.id
        fields.key = frame.key
        fields.process = frame.process
        fields.cause = frame.cause
        fields.headers = frame.headers
        fields.body = frame.body
        gathered.publish(topic: frame.topic, fields, seal: seal)
        backpressure.took(publishOf: frame.body.count)
    }

    mutating func acknowledge(consumer: UInt64, first: UInt64, last: UInt64) {
        gathered.ack(consumer: consumer, first: first, last: last)
        backpressure.tookCommand()
    }

    mutating func receive(_ command: Command) {
        switch command {
        case .hello(let hello): self.hello = hello
        case .pong: break
        case .bye:
            isEnded = true
            add(.bye)
        default: add(Request(command))
        }
    }

    mutating func refuse(_ error: ProtocolError) {
        add(.refused(Refusal(error)))
    }

    /// Adds the error of a frame whose end is in doubt, behind which nothing is read.
    mutating func close(_ error: ProtocolError) {
        assert(error.closes)
        add(.closing(Refusal(error)))
    }

    /// Adds a command other than a publish or a plain ack.
    mutating func add(_ request: Request) {
        gathered.add(request)
        switch request {
        case .info, .peek, .list: backpressure.tookQuestion(weight: Backpressure.Limits.questions)
        case .get, .set: backpressure.tookQuestion(weight: 1)
        default: backpressure.tookCommand()
        }
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
