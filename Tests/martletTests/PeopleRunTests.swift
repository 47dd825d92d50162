// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletTestKit
import Testing

extension ClientCommands {
    /// `why`, `tree`, and the commands about what waits for people, against a real broker.
    struct PeopleRunTests {
        @discardableResult
        private func run(_ words: String..., port: Int, input: String = "") async throws -> String {
            let end = try await onThread {
                let command = try RunningCommand(words, port: port, environment: ["TZ": "UTC"])
                try command.write(input)
                try command.closeInput()
                return try command.end()
            }
            #expect(end.status == 0, "\(words): \(end)")
            return end.output
        }

        @Test func `a parked message is found, its story told, and decided`() async throws {
            try await TestBroker.run { port in
                try await run(
                    "create", "subscription", "orders", "billing", "--from", "earliest", "--max-failures", "1",
                    "--on-poison", "park", "--order", "key", port: port)
                try await run("pub", "orders", "--id", "o-{n}", "--key", "ann", port: port, input: "first\nsecond\n")
                try await run("sub", "orders", "billing", "--exec", "exit 3", "--count", "1", port: port)
                let why = try await run("why", "orders", "o-2", port: port)
                #expect(why.contains("\nbilling: not handled: its key 'ann' is held by message 1, which is parked\n"))
                #expect(why.hasSuffix("    about the one that holds it: martlet why orders 1 billing\n"), "\(why)")
                let list = try await run("parked", "list", "orders", "billing", port: port)
                #expect(list.hasPrefix("offset  waits for  failures  id   key  code\n     1  "), "\(list)")
                let story = try await run("parked", "show", "orders", "billing", "o-1", port: port)
                #expect(story.hasPrefix("message      orders 1\nid           o-1\n") && story.hasSuffix("\n\nfirst\n"))
                #expect(story.contains("\nnack     "), "\(story)")
                #expect(
                    try await run("parked", "list", "orders", "billing", "--json", port: port).hasPrefix(
                        #"[{"attempts":["#))
                let retry = try await run(
                    "parked", "resolve", "orders", "billing", "o-1", "retry", "--note", "try again", port: port)
                #expect(retry == "message 1 of orders is delivered again for billing\n")
                #expect(
                    try await run("parked", "list", "orders", "billing", port: port) == "nothing waits for a person\n")
                // One that nobody parked can be decided as well.
                try await run("parked", "resolve", "orders", "billing", "2", "ack", "--note", "paid", port: port)
                let handled = try await run("why", "orders", "2", "billing", port: port)
                #expect(handled.contains("\nbilling: handled: resolved (ack) by martlet-cli at "), "\(handled)")
                #expect(handled.hasSuffix(": 'paid'\n"), "\(handled)")
                let none = try await RunningCommand.run("parked", "show", "orders", "billing", "2", port: port)
                #expect(
                    none.status == 70 && none.complaint.contains("'martlet why orders 2 billing' says how it stands"))
            }
        }

        @Test func `a dead letter is found, its story told, and delivered again`() async throws {
            try await TestBroker.run { port in
                try await run("create", "subscription", "orders", "billing", "--from", "earliest", port: port)
                #expect(try await run("dead", "list", "orders", "billing", port: port) == "no dead letters\n")
                try await run("pub", "orders", "--id", "o-{n}", port: port, input: "first\nsecond\n")
                for offset in ["1", "2"] {
                    try await run(
                        "parked", "resolve", "orders", "billing", offset, "reject", "--note", "no card", port: port)
                }
                let list = try await run("dead", "list", "orders", "billing", port: port)
                #expect(list.split(separator: "\n").count == 3 && list.contains("  rejected  "), "\(list)")
                for name in ["2", "o-2"] {
                    let story = try await run("dead", "show", "orders", "billing", name, port: port)
                    #expect(story.hasPrefix("letter        2\nmessage       orders 2\n"), "\(story)")
                    #expect(story.hasSuffix("\n\nsecond\n"), "\(story)")
                }
                let why = try await run("why", "orders", "o-1", "billing", port: port)
                #expect(why.contains("; its copy is $dead.orders.billing 1\n"), "\(why)")
                #expect(why.contains(": martlet dead show orders billing 1\n"), "\(why)")
                #expect(why.hasSuffix(": martlet dead redrive orders billing --id o-1\n"), "\(why)")
                let dry = try await run("dead", "redrive", "orders", "billing", "--dry-run", port: port)
                #expect(dry == "2 dead letters of billing of orders would be delivered again\n")
                let one = try await run("dead", "redrive", "orders", "billing", "--id", "o-1", "--watch", port: port)
                #expect(one.hasPrefix("1 dead letter of billing of orders will be delivered again\n"))
                #expect(one.hasSuffix("done; 1 dead letters now\n"), "\(one)")
                #expect(try await run("sub", "orders", "billing", "--until-empty", port: port) == "first\n")
                let none = try await RunningCommand.run("dead", "show", "orders", "billing", "o-9", port: port)
                #expect(none.status == 70)
                #expect(none.complaint == "martlet: billing of orders has no dead letter 'o-9'\n")
            }
        }

        @Test func `a redrive that goes on can be stopped`() async throws {
            try await TestBroker.run { port in
                try await run("create", "subscription", "orders", "billing", "--from", "earliest", port: port)
                try await run("pub", "orders", port: port, input: "1\n2\n3\n")
                for offset in 1...3 {
                    try await run("parked", "resolve", "orders", "billing", "\(offset)", "reject", port: port)
                }
                try await run("dead", "redrive", "orders", "billing", "--rate", "1", port: port)
                let stopped = try await run("dead", "redrive", "orders", "billing", "--stop", port: port)
                #expect(stopped.hasPrefix("stopped; ") && stopped.hasSuffix(" of billing of orders were left\n"))
            }
        }

        @Test func `why says it in a sentence for each subscription, and in the broker's words for programs`()
            async throws
        {
            try await TestBroker.run { port in
                try await run("create", "subscription", "orders", "billing", "--from", "earliest", port: port)
                try await run(
                    "create", "subscription", "orders", "cards", "--from", "earliest", "--where", "type:card",
                    port: port)
                try await run("pub", "orders", "--id", "o-17", port: port, input: "first\n")
                let why = try await run("why", "orders", "1", port: port)
                #expect(why.hasPrefix("orders 1, id o-17, visible since "), "\(why)")
                #expect(why.contains("\nbilling: not handled: billing has no consumer\n"), "\(why)")
                #expect(why.contains("\ncards: not for cards: its filter does not pass it\n"), "\(why)")
                let json = try await run("why", "orders", "id:o-17", "billing", "--json", port: port)
                #expect(json.hasPrefix(#"{"evidence":{"#) && json.hasSuffix(#""verdict":"waiting"}"# + "\n"), "\(json)")
                #expect(try await run("why", "orders", "o-17", "--json", port: port).hasPrefix("[{"))
                #expect(
                    try await run("why", "orders", "7", port: port)
                        == "orders 7\ntopic orders has no message 7 (any more)\n")
                let unknown = try await RunningCommand.run("why", "nothing", "1", port: port)
                #expect(unknown.status == 70 && unknown.complaint.hasPrefix("martlet: unknown-topic: "))
            }
        }

        @Test func `tree draws the flow of a process`() async throws {
            try await TestBroker.run { port in
                try await run("create", "subscription", "orders", "billing", "--from", "earliest", port: port)
                try await run("pub", "orders", "--id", "o-1", "--process", "p-9", port: port, input: "a\n")
                try await run(
                    "pub", "mails", "--id", "m-1", "--process", "p-9", "--cause", "o-1", port: port, input: "a\n")
                try await run("pub", "mails", "--process", "p-9", "--cause", "gone", port: port, input: "a\n")
                let tree = try await run("tree", "p-9", port: port).split(separator: "\n")
                #expect(tree.count == 5 && tree[0] == "process p-9: 3 messages; 1 waiting", "\(tree)")
                #expect(tree[1].hasSuffix(" orders:1 o-1  [billing waiting]"), "\(tree)")
                #expect(tree[2].hasPrefix("└─ ") && tree[2].hasSuffix(" mails:1 m-1  [no subscription]"), "\(tree)")
                #expect(tree[3] == "(gap: the cause 'gone' is not known, or not kept any more)")
                #expect(tree[4].hasPrefix("└╌ ") && tree[4].hasSuffix(" mails:2  [no subscription]"), "\(tree)")
                #expect(try await run("tree", "p-9", "--json", port: port).contains(#""process":"p-9""#))
                #expect(try await run("tree", "nobody", port: port) == "process nobody: no messages\n")
            }
        }
    }
}
