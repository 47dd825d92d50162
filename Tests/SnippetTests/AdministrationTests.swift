// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletTestKit
import Testing

// snippet: administration-why
/// Says of a message, for each subscription, what is so and what happens next.
func explain(_ id: String, on topic: String, _ client: Client) async throws -> [String] {
    try await client.administration.why(topic, .id(id)).map { explanation in
        let subscription = explanation.subscription ?? "no subscription"
        switch explanation.evidence {
        case .leased(let consumer?, _, _, let progress?, _):
            return "\(subscription): \(consumer) has it, \(progress) % done"
        case .deferred(_, _, let failures?, let most?, let code?, _):
            return "\(subscription): failed \(failures) of \(most) times, with \(code)"
        default:
            return "\(subscription): \(explanation.verdict); \(explanation.next)"
        }
    }
}
// snippet end

// snippet: administration-tree
/// The messages of a process as lines, each below the one that caused it.
func draw(_ messages: [MessageTree.Node], depth: Int = 0) -> [String] {
    messages.flatMap { message in
        let verdicts = message.verdicts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        let line = "\(message.topic) \(message.id ?? "\(message.offset)"): \(verdicts.joined(separator: ", "))"
        return [String(repeating: "  ", count: depth) + line] + draw(message.children, depth: depth + 1)
    }
}
// snippet end

// snippet: administration-redrive
/// Has those delivered again that died while the model was down, and says how many they are.
func redriveAfterOutage(_ client: Client) async throws -> Int {
    try await client.administration.redrive(
        "shop.orders", "credit", DeadLetterFilter(code: "model-down"), rate: 10)
}
// snippet end

@Suite("Looking after a broker", .timeLimit(.minutes(10))) struct AdministrationTests {
    @Test func `a message is explained, and its flow is drawn`() async throws {
        try await onBroker { client in
            // snippet: administration-create
            let administration = client.administration
            try await administration.createTopic("shop.orders", TopicRules(maxAge: .seconds(30 * 86_400)))
            try await administration.createSubscription(
                "shop.orders", "credit", from: .earliest,
                options: ConsumerOptions(lease: .seconds(120), order: .key, onPoison: .park))
            // snippet end
            try await client.publish(Draft("shop.orders", body: [], id: "o-1", process: "p"))
            try await client.publish(Draft("accepted", body: [], id: "a-1", process: "p", cause: "o-1"))
            #expect(try await explain("o-1", on: "shop.orders", client).first?.hasPrefix("credit: waiting; ") == true)
            #expect(try await explain("a-1", on: "accepted", client).first?.hasPrefix("no subscription: ") == true)
            let tree = try await administration.tree("p")
            #expect(draw(tree.messages) == ["shop.orders o-1: credit waiting", "  accepted a-1: "])
            for try await delivery in try client.deliveries("shop.orders", as: "credit", window: 1) {
                try await delivery.touch(progress: 40)
                #expect(
                    try await explain("o-1", on: "shop.orders", client).first?.hasSuffix("has it, 40 % done") == true)
                try await delivery.nack(delay: .seconds(60), code: "E42")
                break
            }
            #expect(try await explain("o-1", on: "shop.orders", client) == ["credit: failed 1 of 20 times, with E42"])
        }
    }

    @Test func `those that died of an outage come again`() async throws {
        try await onBroker { client in
            for code in ["model-down", "other"] {
                try await client.say("shop.orders", code)
                for try await delivery in try client.deliveries("shop.orders", as: "credit", from: .earliest, window: 1)
                {
                    try await delivery.reject(code: code)
                    break
                }
            }
            #expect(try await redriveAfterOutage(client) == 1)
        }
    }
}
