// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Hummingbird
import MartletBroker
import MartletModel
import MartletService

// Messages that wait for their next attempt.
extension RouteTable {
    /// Messages that one request looks at, however few of them are deferred.
    private static let scanned = 1_000

    static let deferred: [Route] = [
        Route(
            .get, root + "/topics/{topic}/subscriptions/{name}/deferred",
            "Messages that wait for their next attempt, each with its verdict, in the order of their offsets. When "
                + "`next` is there, more may lie behind it, which `after` takes.",
            query: [limit, Field("after", .number, "The offset behind which they are looked for.")],
            answer: .object(["messages": .list(.named("Explanation"))], optional: ["next": .number])
        ) { call in try await list(call) }
    ]

    /// What an explanation says first.
    private struct Judgement: Decodable {
        var verdict: String
    }

    private static func list(_ call: Call) async throws -> AdminAnswer {
        let values = try call.values(of: [limit, Field("after", .number, "")], from: .query)
        let most = try call.number("limit", in: values, usual: UInt64(Limits.defaultList), 1...UInt64(Limits.listed))
        let given = try call.number("after", in: values, usual: 0, 0...Limits.number - 1)
        let (topic, name) = (call.text("topic"), call.text("name"))
        guard
            case .reply(.subscription(let info)) = try await call.ask(.info(.subscription(topic: topic, name: name))),
            case .reply(.topic(let log)) = try await call.ask(.info(.topic(topic)))
        else { throw Refusal(.internal, "the broker answered something else") }
        var found: [[UInt8]] = []
        var offset = max(given, info.floor)
        var looked = 0
        // From the first unsettled message on there are as many as the subscription counts.
        let all = given <= info.floor ? info.deferred : .max
        while offset + 1 < log.next, found.count < all {
            guard found.count < most, looked < scanned else { return answer(found, next: offset) }
            offset += 1
            looked += 1
            guard
                case .reply(.json(let json)) = try await call.ask(
                    .why(topic: topic, message: .offset(offset), subscription: name))
            else { throw Refusal(.internal, "the broker answered something else") }
            let judgement = try JSONDecoder().decode(Judgement.self, from: Data(json))
            if judgement.verdict == Verdict.deferred.rawValue { found.append(json) }
        }
        return answer(found, next: nil)
    }

    private static func answer(_ messages: [[UInt8]], next: UInt64?) -> AdminAnswer {
        AdminAnswer { writer in
            writer.object { writer in
                writer.name("messages")
                writer.list { writer in for message in messages { writer.raw(message) } }
                if let next { writer.member("next", next) }
            }
        }
    }
}
