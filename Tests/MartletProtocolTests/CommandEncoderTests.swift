// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import NIOCore
import Testing

@testable import MartletProtocol

/// What the encoder writes is what the parser reads.
struct CommandEncoderTests {
    private func bytes(_ command: Command) -> [UInt8] {
        var buffer = ByteBuffer()
        CommandEncoder.write(command, into: &buffer)
        return Array(buffer.readableBytesView)
    }

    private func text(_ hello: Hello) -> String {
        var buffer = ByteBuffer()
        CommandEncoder.write(hello, into: &buffer)
        return String(buffer: buffer)
    }

    private func text(_ command: Command) -> String { String(decoding: bytes(command), as: UTF8.self) }

    /// The command that the decoder hands on; it has a form of its own for the ack of one tag or one range.
    private func command(_ event: Event) -> Command? {
        switch event {
        case .command(let command): command
        case .ack(let consumer, let first, let last):
            .settle(Settle(verb: .ack, consumer: consumer, tags: [first...last]))
        case .hello, .publish, .refused, .fatal: nil
        }
    }

    private func expectRoundTrip(_ command: Command, _ note: String = "") {
        let written = bytes(command)
        let heard = Heard(written)
        #expect(heard.events.count == 1 && heard.rest == 0, "\(note) \(text(command))")
        #expect(heard.events.first.flatMap(self.command) == command, "\(note) \(text(command))")
    }

    @Test(arguments: Frames.all)
    func `every form of every command is read as it was written`(frame: Frame) {
        guard let command = command(frame.event) else { return }
        expectRoundTrip(command)
    }

    @Test func `fields may hold any bytes`() {
        var source = CommandSource(seed: 7)
        for round in 0..<4_000 { expectRoundTrip(source.next(), "round \(round)") }
    }

    @Test func `fields at their limits fit a line`() {
        for command in CommandSource.largest + CommandSource.largestAboutMessages {
            var buffer = ByteBuffer()
            #expect(CommandEncoder.write(command, into: &buffer) <= Limits.line)
            expectRoundTrip(command)
        }
    }

    @Test func `a publish without a time is written as any other`() {
        var publish = TimedPublish(topic: "a")
        publish.body = Array("hi".utf8)
        #expect(text(.publish(publish)) == "PUB a 2\nhi\n")
        #expect(Heard(text(.publish(publish))).events == [.publish(Published("a", "hi"))])
    }

    @Test func `a time that the broker refuses is written all the same`() {
        var buffer = ByteBuffer()
        var publish = TimedPublish(topic: "a", schedule: .delay(-5), ttl: .min)
        #expect(CommandEncoder.write(.publish(publish), into: &buffer) == 45)
        #expect(String(buffer: buffer) == "PUB a 0 delay=-5ms ttl=-9223372036854775808ms\n\n")
        publish.schedule = .at(.max)
        #expect(text(.publish(publish)) == "PUB a 0 at=18446744073709551615 ttl=-9223372036854775808ms\n\n")
    }

    @Test func `the length of a line is told, without its end and its data`() {
        var buffer = ByteBuffer(string: "before")
        let record = SetRecord("s", "k", "value", version: 7)
        #expect(CommandEncoder.write(.set(record), into: &buffer) == "SET s k 5 version=7".utf8.count)
        #expect(String(buffer: buffer) == "beforeSET s k 5 version=7\nvalue\n")
    }

    @Test func `a greeting is read as it was written`() {
        let hello = Hello(versions: [1], client: "caf\u{e9} 1", token: "a b%", session: "s=1", heartbeat: 30)
        #expect(text(hello) == "HELLO 1 client=caf%C3%A9%201 token=a%20b%25 session=s=1 heartbeat=30\n")
        #expect(Heard(text(hello), greeted: false).events == [.hello(hello)])
        let versions = Hello(versions: [1, 2, 30])
        #expect(Heard(text(versions), greeted: false).events == [.hello(versions)])
    }

    @Test func `no field ends its line early`() {
        let field = "a b\r\nPING\n"
        for command in [
            Command.get(space: field, key: Array(field.utf8)), .deleteTopic(name: field), .info(.topic(field)),
            .subscribe(Subscribe(consumer: 1, topic: field, subscription: field)),
            .begin(id: [0x0A, 0x20], refusal: nil),
            .receipt(WriteReceipt(consumer: 1, key: [0x0A], outcome: field)),
            .why(topic: field, message: .id(Array(field.utf8)), subscription: field),
            .tree(process: Array(field.utf8), limit: 1), .cancel(topic: field, id: Array(field.utf8)),
            .createSubscription(
                topic: field, name: field, from: nil,
                options: SubscriptionOptions {
                    $0.filter = Filter(header: field, value: Array(field.utf8), keyPrefix: Array(field.utf8))
                }),
        ] {
            let written = text(command)
            #expect(written.split(separator: "\n", omittingEmptySubsequences: false).count == 2, "\(written)")
            #expect(!written.contains("\r"))
            #expect(Heard(written).events.count == 1)
        }
    }

    @Test func `durations have the largest unit that divides them`() {
        var settings = SubscriptionOptions()
        settings.lease = 90_000
        settings.backoff = [0, 1_500, 60_000, 3_600_000, 172_800_000]
        var subscribe = Subscribe(consumer: 3, topic: "a", subscription: "b", window: 5, options: settings)
        subscribe.grace = 120_000
        #expect(text(.subscribe(subscribe)) == "SUB 3 a b window=5 lease=90s backoff=0ms,1500ms,1m,1h,2d grace=2m\n")
    }
}

/// Publishes, whose encoder is apart since no command is made for them.
struct PublishEncoderTests {
    private func heard(_ write: (PublishEncoder, inout ByteBuffer) -> Void) -> [Event] {
        var buffer = ByteBuffer()
        write(PublishEncoder(topic: "a.b"), &buffer)
        let heard = Heard(Array(buffer.readableBytesView), maxBody: 1 << 20)
        #expect(heard.rest == 0)
        return heard.events
    }

    @Test func `what belongs to a message is read as it was written`() {
        var source = CommandSource(seed: 11)
        for _ in 0..<2_000 {
            var expected = Published("a.b", "")
            var fields = PublishEncoder.Fields()
            expected.body = source.bytes(0...300)
            if source.coin { expected.id = source.identifier() }
            if source.coin { expected.key = source.identifier() }
            if source.coin { expected.process = source.identifier() }
            if source.coin { expected.cause = source.identifier() }
            if source.coin { expected.headers = Array("n: \(source.coin)\n".utf8) }
            (fields.id, fields.key) = (expected.id, expected.key)
            (fields.process, fields.cause, fields.headers) = (expected.process, expected.cause, expected.headers)
            let events = heard { encoder, buffer in
                expected.body.withUnsafeBytes { _ = encoder.write(fields, body: $0, into: &buffer) }
            }
            #expect(events == [.publish(expected)])
        }
    }

    @Test func `everything at its limit fits a line`() {
        let most = [UInt8](repeating: 0xFF, count: Limits.identifier)
        var fields = PublishEncoder.Fields()
        (fields.id, fields.key, fields.process, fields.cause) = (most, most, most, most)
        var expected = Published(String(repeating: "t", count: Limits.name), "")
        (expected.id, expected.key, expected.process, expected.cause) = (most, most, most, most)
        expected.body = [UInt8](repeating: 0x0A, count: 1 << 20)
        fields.headers = Array("n: \(String(repeating: "v", count: Limits.headers - 4))\n".utf8)
        expected.headers = fields.headers
        var buffer = ByteBuffer()
        let length = expected.body.withUnsafeBytes {
            PublishEncoder(topic: String(repeating: "t", count: Limits.name)).write(fields, body: $0, into: &buffer)
        }
        #expect(length <= Limits.line)
        #expect(buffer.readableBytes == length + fields.headers.count + expected.body.count + 2)
        #expect(Heard(Array(buffer.readableBytesView), maxBody: 1 << 20).events == [.publish(expected)])
    }

    @Test func `bodies alone and with numbered ids follow each other`() {
        let bodies = [[], [0x0A], Array("hello".utf8)] as [[UInt8]]
        let events = heard { encoder, buffer in
            for body in bodies { body.withUnsafeBytes { encoder.write(body: $0, into: &buffer) } }
            for (body, number) in zip(bodies, [0, 7, .max >> 1] as [UInt64]) {
                body.withUnsafeBytes {
                    encoder.write(body: $0, idPrefix: Array("x.".utf8), idNumber: number, into: &buffer)
                }
            }
        }
        let ids = ["", "", "", "x.0", "x.7", "x.9223372036854775807"]
        #expect(
            events
                == zip(bodies + bodies, ids).map { body, id in
                    .publish(Published("a.b", String(decoding: body, as: UTF8.self), id: id))
                })
    }
}
