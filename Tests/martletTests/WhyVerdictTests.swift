// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletTestKit
import Testing

@testable import MartletClient
@testable import martlet

extension ClientCommands {
    /// The verdicts as a real broker gives them, told as `why` tells them.
    struct WhyVerdictTests {
        /// A connection, and what is asked on it.
        private struct Conversation {
            let connection: BlockingConnection

            init(port: Int) throws {
                connection = try BlockingConnection(
                    ClientConfiguration(addresses: [.init(host: "127.0.0.1", port: port)], name: "worker-3"))
            }

            func tell(_ command: Command) throws { _ = try connection.request(command) }

            func publish(id: String = "", key: String = "", ttl: Int? = nil, schedule: Schedule? = nil) throws {
                var message = TimedPublish(topic: "orders", schedule: schedule, ttl: ttl)
                (message.id, message.key) = (Array(id.utf8), Array(key.utf8))
                try tell(.publish(message))
            }

            func create(_ change: (inout SubscriptionOptions) -> Void = { _ in }) throws {
                var options = SubscriptionOptions()
                change(&options)
                try tell(.createSubscription(topic: "orders", name: "billing", from: .earliest, options: options))
            }

            /// Attaches a consumer and waits until it has its first message.
            func take(window: Int = 1) throws {
                connection.send(
                    .subscribe(Subscribe(consumer: 1, topic: "orders", subscription: "billing", window: window)))
                while true {
                    if case .incoming(.message) = try connection.next() { return }
                }
            }

            func settle(_ verb: Settle.Verb, delay: Int? = nil, code: String = "", note: String = "") throws {
                try tell(
                    .settle(Settle(verb: verb, consumer: 1, tags: [1...1], delay: delay, code: code, note: note)))
            }

            /// The sentence about a message.
            func why(_ message: MessageReference = .offset(1)) throws -> String {
                let json = try connection.value(.why(topic: "orders", message: message, subscription: "billing"))
                return try WhySentence(#require(WhyAnswer(json))).text
            }

            /// The sentence about a message, once it begins so.
            func why(becomes start: String) throws -> String {
                while true {
                    let text = try why()
                    if text.hasPrefix(start) { return text }
                }
            }
        }

        private func converse(_ body: @escaping @Sendable (Conversation) throws -> Void) async throws {
            try await TestBroker.run { port in
                try await onThread { try body(Conversation(port: port)) }
            }
        }

        @Test func `handled, by a consumer or by a person`() async throws {
            try await converse { broker in
                try broker.create()
                for _ in 1...2 { try broker.publish() }
                try broker.take()
                try broker.settle(.ack)
                #expect(try broker.why().hasPrefix("handled"))
                try broker.tell(
                    .resolve(
                        Resolve(topic: "orders", subscription: "billing", offset: 2, decision: .ack, note: "paid")))
                let text = try broker.why(.offset(2))
                #expect(
                    text.hasPrefix("handled: resolved (ack) by worker-3 at ") && text.hasSuffix(": 'paid'"), "\(text)")
            }
        }

        @Test func `leased, with its progress`() async throws {
            try await converse { broker in
                try broker.create()
                try broker.publish()
                try broker.take()
                try broker.tell(.touch(Touch(consumer: 1, tags: [1...1], progress: 40, note: "calling model")))
                let text = try broker.why()
                #expect(text.hasPrefix("not handled: leased by worker-3/1 until "), "\(text)")
                #expect(text.hasSuffix(" (progress 40 %, 'calling model'), attempt 1 of 20"), "\(text)")
            }
        }

        @Test func `waiting, for each reason that a client can bring about`() async throws {
            try await converse { broker in
                try broker.create()
                for _ in 1...3 { try broker.publish() }
                #expect(
                    try broker.why(.offset(3)) == "not handled: billing has no consumer; 2 messages are before it")
                try broker.take()
                let text = try broker.why(.offset(3))
                #expect(
                    text == "not handled: the consumers of billing hold as many messages as they may; "
                        + "1 message is before it", "\(text)")
                try broker.tell(.pause(topic: "orders", name: "billing", duration: nil))
                #expect(
                    try broker.why(.offset(2))
                        == "not handled: deliveries to billing are paused until they are resumed")
                try broker.tell(.pause(topic: "orders", name: "billing", duration: 3_600_000))
                #expect(try broker.why(.offset(2)).hasPrefix("not handled: deliveries to billing are paused until "))
            }
        }

        @Test func `deferred, after a failure and without one`() async throws {
            try await converse { broker in
                try broker.create()
                try broker.publish()
                try broker.take()
                try broker.settle(.nack, delay: 3_600_000, code: "E42", note: "no answer")
                let text = try broker.why()
                #expect(text.hasPrefix("not handled: deferred until "), "\(text)")
                #expect(text.hasSuffix(" (in 1 h), attempt 2 of 20, last error E42 'no answer'"), "\(text)")
            }
            try await converse { broker in
                try broker.create()
                try broker.publish()
                try broker.take()
                try broker.settle(.release, delay: 3_600_000)
                let text = try broker.why()
                #expect(text.hasSuffix(" (in 1 h), delivered once"), "\(text)")
            }
        }

        @Test(arguments: [
            (Order.key, "its key 'ann' is held by message 1, which is leased"),
            (.all, "it comes after message 1, which is leased"),
        ])
        func `blocked, by the key or by the order`(order: Order, text: String) async throws {
            try await converse { broker in
                try broker.create { $0.order = order }
                for _ in 1...2 { try broker.publish(key: "ann") }
                try broker.take()
                #expect(try broker.why(.offset(2)) == "not handled: \(text)")
            }
        }

        @Test func `filtered`() async throws {
            try await converse { broker in
                try broker.create { $0.filter = Filter(keyPrefix: Array("eu-".utf8)) }
                try broker.publish(key: "us-1")
                #expect(try broker.why() == "not for billing: its filter does not pass it")
            }
        }

        @Test func `before the start`() async throws {
            try await converse { broker in
                try broker.create()
                for _ in 1...2 { try broker.publish() }
                try broker.tell(.seek(topic: "orders", name: "billing", to: .offset(2)))
                #expect(
                    try broker.why().hasPrefix("not for billing: it lies before the place where billing starts"))
            }
        }

        @Test func `scheduled, and not there at all`() async throws {
            try await converse { broker in
                try broker.create()
                try broker.publish(id: "later", schedule: .delay(3_600_000))
                let text = try broker.why(.id(Array("later".utf8)))
                #expect(text.hasPrefix("not visible yet: it is due ") && text.hasSuffix(" (in 1 h)"), "\(text)")
                try broker.tell(.cancel(topic: "orders", id: Array("later".utf8)))
                #expect(
                    try broker.why(.id(Array("later".utf8))) == "topic orders has no message with this id (any more)")
                #expect(try broker.why(.offset(7)) == "topic orders has no message 7 (any more)")
            }
        }

        @Test func `expired, and purged`() async throws {
            try await converse { broker in
                try broker.create()
                try broker.publish(ttl: 1)
                #expect(try broker.why(becomes: "not handled: its time was over at ").count > 30)
                try broker.publish()
                try broker.tell(.purge(topic: "orders", before: nil))
                #expect(try broker.why(.offset(2)).hasPrefix("lost: purged by worker-3 at "))
            }
        }

        @Test func `dropped by retention`() async throws {
            try await converse { broker in
                var options = TopicOptions()
                (options.unsettled, options.maxMessages) = (.drop, 1)
                try broker.tell(.createTopic(name: "orders", options: options))
                try broker.create()
                for _ in 1...3 { try broker.publish() }
                #expect(try broker.why(becomes: "lost: retention dropped it before it was settled").count > 40)
            }
        }

        @Test func `dead, and parked`() async throws {
            try await converse { broker in
                try broker.create()
                for _ in 1...2 { try broker.publish() }
                try broker.take()
                try broker.settle(.reject, code: "E42", note: "no card")
                let dead = try broker.why()
                #expect(dead.hasPrefix("given up: a dead letter since "), "\(dead)")
                #expect(dead.contains(": it was rejected by worker-3/1"), "\(dead)")
                #expect(dead.hasSuffix("; its copy is $dead.orders.billing 1"), "\(dead)")
                try broker.tell(
                    .settle(
                        Settle(verb: .park, consumer: 1, tags: [2...2], code: "unsure", note: "which card?")))
                let parked = try broker.why(.offset(2))
                #expect(parked.hasPrefix("not handled: waits for a person since "), "\(parked)")
                #expect(parked.hasSuffix(": parked by worker-3/1 with unsure, 'which card?'"), "\(parked)")
            }
        }
    }
}
