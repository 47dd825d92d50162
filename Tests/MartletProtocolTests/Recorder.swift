// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

@testable import MartletProtocol

/// What a decoder found, copied out of the bytes that it was given.
enum Event: Equatable, Sendable {
    case hello(Hello)
    case publish(Published)
    case ack(consumer: UInt64, first: UInt64, last: UInt64)
    case command(Command)
    case refused(Refusal)
    /// An error that ends the conversation.
    case fatal(Refusal)
}

/// A publish that outlives the read buffer.
struct Published: Equatable, Sendable {
    var topic: [UInt8]
    var id: [UInt8]
    var key: [UInt8]
    var process: [UInt8]
    var cause: [UInt8]
    var headers: [UInt8]
    var body: [UInt8]

    init(
        _ topic: String, _ body: String, id: String = "", key: String = "", process: String = "", cause: String = "",
        headers: String = ""
    ) {
        self.topic = Array(topic.utf8)
        self.id = Array(id.utf8)
        self.key = Array(key.utf8)
        self.process = Array(process.utf8)
        self.cause = Array(cause.utf8)
        self.headers = Array(headers.utf8)
        self.body = Array(body.utf8)
    }

    init(topic: UnsafeRawBufferPointer, _ message: MessageFields) {
        self.topic = Array(topic)
        id = Array(message.id)
        key = Array(message.key)
        process = Array(message.process)
        cause = Array(message.cause)
        headers = Array(message.headers)
        body = Array(message.body)
    }
}

/// Writes down what a decoder finds.
struct Recorder: CommandReceiver {
    private(set) var events: [Event] = []
    /// How many more events it takes.
    var room = Int.max

    var wantsMore: Bool { room > 0 }

    mutating func greet(_ hello: Hello) { add(.hello(hello)) }

    mutating func publish(topic: UnsafeRawBufferPointer, _ message: MessageFields) {
        add(.publish(Published(topic: topic, message)))
    }

    mutating func acknowledge(consumer: UInt64, first: UInt64, last: UInt64) {
        add(.ack(consumer: consumer, first: first, last: last))
    }

    mutating func receive(_ command: Command) { add(.command(command)) }

    mutating func refuse(_ error: Refusal) { add(.refused(error)) }

    mutating func end(_ error: Refusal) { add(.fatal(error)) }

    private mutating func add(_ event: Event) {
        events.append(event)
        room -= 1
    }
}

/// A decoder with the bytes that it has not consumed yet, as a connection keeps them.
struct Listener {
    private var decoder: FrameDecoder
    private var recorder = Recorder()
    private var isClosed = false
    /// What was not consumed.
    private(set) var rest: [UInt8] = []

    init(greeted: Bool = true, maxBody: Int = 1 << 20) {
        decoder = FrameDecoder(maxBody: maxBody)
        if greeted {
            hear(Array("HELLO 1\n".utf8))
            recorder = Recorder()
        }
    }

    var events: [Event] { recorder.events }
    var isGreeted: Bool { decoder.greeted }

    /// Takes what one read brought, and no more than `room` events of it.
    mutating func hear(_ bytes: some Collection<UInt8>, room: Int = .max) {
        guard !isClosed else { return }
        rest.append(contentsOf: bytes)
        recorder.room = room
        let (consumed, fatal) = rest.withUnsafeBytes { decoder.decode($0, into: &recorder) }
        rest.removeFirst(consumed)
        guard let fatal else { return }
        recorder.end(fatal)
        isClosed = true
        rest = []
    }
}

/// What was found in some bytes, and how many of them were left.
struct Heard: Equatable {
    var events: [Event]
    var rest: Int

    /// Feeds the bytes in reads that end at the cuts, which ascend.
    init(_ bytes: [UInt8], cuts: [Int] = [], greeted: Bool = true, maxBody: Int = 1 << 20) {
        var listener = Listener(greeted: greeted, maxBody: maxBody)
        var start = 0
        for cut in cuts + [bytes.count] {
            listener.hear(bytes[start..<cut])
            start = cut
        }
        events = listener.events
        rest = listener.rest.count
    }

    init(_ text: String, greeted: Bool = true, maxBody: Int = 1 << 20) {
        self.init(Array(text.utf8), greeted: greeted, maxBody: maxBody)
    }

    /// Feeds the bytes one by one.
    init(byteByByte bytes: [UInt8], greeted: Bool = true, maxBody: Int = 1 << 20) {
        self.init(bytes, cuts: Array(1..<max(bytes.count, 1)), greeted: greeted, maxBody: maxBody)
    }

    init(events: [Event], rest: Int = 0) {
        self.events = events
        self.rest = rest
    }

    /// The error of the only event, if it is a refusal after which the conversation goes on.
    var refusal: Refusal? {
        guard events.count == 1, rest == 0, case .refused(let error) = events[0] else { return nil }
        return error
    }

    /// The error of the only event, if it ends the conversation.
    var fatal: Refusal? {
        guard events.count == 1, case .fatal(let error) = events[0] else { return nil }
        return error
    }

    /// Whether one whole frame was found and accepted.
    var isAccepted: Bool { events.count == 1 && rest == 0 && refusal == nil && fatal == nil }
}

extension SeededRandom {
    /// Ascending places at which `count` bytes are cut.
    mutating func cuts(_ count: Int) -> [Int] {
        guard count > 0 else { return [] }
        let number = Int.random(in: 0...min(count, 12), using: &self)
        return (0..<number).map { _ in Int.random(in: 0...count, using: &self) }.sorted()
    }
}
