// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletTestKit
import Testing

extension ClientCommands {
    /// The commands that look after a broker, each against a real one.
    struct AdministrationRunTests {
        /// Runs a command that is to succeed.
        @discardableResult
        private func run(_ line: String, port: Int, input: String = "", isolation: isolated (any Actor)? = #isolation)
            async throws -> String
        {
            let words = line.split(separator: " ").map { String($0) }
            let end = try await onThread {
                let command = try RunningCommand(words, port: port, environment: ["TZ": "UTC"])
                try command.write(input)
                try command.closeInput()
                return try command.end()
            }
            #expect(end.status == 0, "\(line): \(end)")
            return end.output
        }

        /// Runs a command that the broker is to refuse.
        private func refused(_ line: String, port: Int, _ complaint: String) async throws {
            let words = line.split(separator: " ").map { String($0) }
            let end = try await onThread { try RunningCommand(words, port: port).end() }
            #expect(end.status == 70 && end.output == "", "\(line): \(end)")
            #expect(end.complaint.hasPrefix("martlet: \(complaint)"), "\(line): \(end)")
        }

        @Test func `topics and subscriptions are made, changed, shown and removed`() async throws {
            try await TestBroker.run { port in
                #expect(try await run("topics", port: port) == "no topics\n")
                #expect(try await run("subscriptions", port: port) == "no subscriptions\n")
                #expect(try await run("create topic orders --max-age none", port: port) == "created topic orders\n")
                try await refused("create topic orders", port: port, "exists: ")
                let made = try await run(
                    "create subscription orders billing --from earliest --order key --expect 1h", port: port)
                #expect(made == "created subscription billing of orders\n")
                try await refused("create subscription orders billing --from new", port: port, "exists: ")
                try await run("alter topic orders --max-messages 5", port: port)
                try await run("alter subscription orders billing --lease 5m", port: port)
                try await run("pub orders", port: port, input: "a\nb\n")
                let topics = try await run("topics", port: port)
                #expect(topics.hasPrefix("topic   messages  size  offsets "), "\(topics)")
                #expect(topics.contains("\norders         2  "), "\(topics)")
                #expect(topics.hasSuffix("  5 messages  billing\n"), "\(topics)")
                let info = try await run("info subscription orders billing", port: port)
                #expect(
                    info.contains("\nlease           5 min\n") && info.contains("\nexpect          1 h\n"), "\(info)")
                let table = try await run("subscriptions orders", port: port)
                #expect(table.hasPrefix("topic   subscription  backlog  oldest  in flight  deferred  parked  dead"))
                #expect(table.contains("\norders  billing             2  "), "\(table)")
                for words in ["info", "info topic orders"] {
                    #expect(try await run(words, port: port).contains("\n\ntopic   subscription  backlog"))
                }
                let one = try await run("info subscription orders billing --json", port: port)
                #expect(try await run("subscriptions --json", port: port) == "[\(one.dropLast())]\n")
                #expect(try await run("topics --json", port: port).hasPrefix("[{"))
                #expect(
                    try await run("delete subscription orders billing --yes", port: port)
                        == "deleted subscription billing of orders\n")
                #expect(try await run("delete topic orders --yes", port: port) == "deleted topic orders\n")
                try await refused("info topic orders", port: port, "unknown-topic: ")
            }
        }

        @Test(arguments: [
            ("purge orders", "This drops all 2 messages of orders, and what is scheduled in it, whether billing"),
            ("purge orders --before 2", "This drops the messages of orders before offset 2"),
            ("delete topic orders", "This removes the topic orders with its 2 messages and its subscriptions billing"),
            ("delete subscription orders billing", "This removes the subscription billing of orders for good"),
            ("seek orders billing new", "This moves billing of orders to what comes from now on"),
        ])
        func `what cannot be undone is not done without a yes`(line: String, deed: String) async throws {
            try await TestBroker.run { port in
                try await run("create subscription orders billing --from earliest", port: port)
                try await run("pub orders", port: port, input: "a\nb\n")
                let words = line.split(separator: " ").map { String($0) }
                let end = try await onThread {
                    let command = try RunningCommand(words, port: port)
                    try command.closeInput()
                    return try command.end()
                }
                #expect(end.status == 64 && end.output == "")
                #expect(end.complaint.hasPrefix("martlet: \(deed)"), "\(end)")
                #expect(end.complaint.hasSuffix("so it needs --yes.\n"), "\(end)")
                #expect(try await run("info subscription orders billing --json", port: port).contains(#""backlog":2"#))
            }
        }

        @Test(arguments: [("y", 0, "deleted topic orders\r\n"), ("n", 1, "martlet: nothing was done\r\n")])
        func `at a terminal it asks`(answer: String, status: Int32, last: String) async throws {
            try await TestBroker.run { port in
                try await run("create topic orders", port: port)
                let end = try await RunningCommand.run(
                    script: #"sleep 1 | (sleep 0.3; echo \#(answer)) | script -qec "$M delete topic orders" /dev/null"#,
                    port: port)
                #expect(end.status == status, "\(end)")
                #expect(end.output.contains("This removes the topic orders with its 0 messages, for good.\r\n"))
                #expect(end.output.contains("Go on? [y/N] "))
                #expect(end.output.hasSuffix(last), "\(end)")
            }
        }

        @Test func `messages are looked at`() async throws {
            try await TestBroker.run { port in
                let lines = (1...12).map { "m\($0)\n" }.joined()
                try await run("pub orders --id o-{n} --key k --process p --cause c", port: port, input: lines)
                let last = try await run("peek orders", port: port).split(separator: "\n")
                #expect(last.count == 11 && last[1].hasSuffix("  o-3   k    p        m3"), "\(last)")
                let one = try await run("peek orders 2", port: port)
                #expect(one.hasPrefix("offset   2\n") && one.hasSuffix("\ncause    c\n\nm2\n"), "\(one)")
                #expect(try await run("peek orders 11 --count 5", port: port).split(separator: "\n").count == 3)
                #expect(try await run("peek orders 12 --json", port: port).hasPrefix(#"[{"body":"m12","#))
                #expect(try await run("peek orders 13", port: port) == "no messages there in orders\n")
                try await refused("peek nothing", port: port, "unknown-topic: ")
            }
        }

        @Test func `a subscription is paused, goes on, and is moved`() async throws {
            try await TestBroker.run { port in
                try await run("create subscription orders billing --from earliest", port: port)
                try await run("pub orders", port: port, input: "a\nb\n")
                let paused = try await run("pause orders billing", port: port)
                #expect(paused == "paused billing of orders until 'martlet resume orders billing'\n")
                #expect(try await run("subscriptions", port: port).hasSuffix("  paused\n"))
                #expect(
                    try await run("why orders 1 billing", port: port).hasSuffix(
                        """
                        billing: not handled: deliveries to billing are paused until they are resumed
                            to go on: martlet resume orders billing

                        """))
                #expect(
                    try await run("pause orders billing --for 1h", port: port).hasPrefix("paused billing of orders u"))
                #expect(try await run("resume orders billing", port: port) == "billing of orders goes on\n")
                try await run("sub orders billing --until-empty", port: port)
                #expect(
                    try await run("seek orders billing offset:2 --yes", port: port)
                        == "moved billing of orders to offset 2\n")
                #expect(try await run("sub orders billing --until-empty", port: port) == "b\n")
                #expect(try await run("purge orders --yes", port: port) == "purged orders\n")
                #expect(try await run("peek orders", port: port) == "no messages there in orders\n")
                try await refused("pause orders nothing", port: port, "unknown-subscription: ")
            }
        }

        @Test func `what is expected is told, met and taken back`() async throws {
            try await TestBroker.run { port in
                let until = try await run("expect order-17 payments --within 1h --id first", port: port)
                #expect(until.hasPrefix("a message of order-17 on payments is expected until "), "\(until)")
                #expect(
                    try await run("unexpect order-17 payments --id first", port: port)
                        == "nothing is expected of order-17 on payments any more\n")
                #expect(
                    try await run("unexpect order-17 payments", port: port)
                        == "nothing was expected of order-17 on payments\n")
                try await run("pub payments --process order-17", port: port, input: "a\n")
                #expect(
                    try await run("expect order-17 payments --within 1h --lookback 5m", port: port)
                        == "a message of order-17 on payments is there already: offset 1\n")
            }
        }

        @Test func `what is scheduled is listed, moved and cancelled`() async throws {
            try await TestBroker.run { port in
                let line = try await run("pub orders --id later --delay 1h --ttl 5m", port: port, input: "a\n")
                #expect(line.hasPrefix("published 1 message to orders, visible "), "\(line)")
                try await run("pub orders --id other --delay 3h", port: port, input: "a\n")
                let list = try await run("scheduled list orders", port: port)
                #expect(list.contains("  1 h  "), "\(list)")
                let first = try await run("scheduled list orders --count 1", port: port)
                let place = first.split(separator: "--after ")[1].prefix { $0 != "," }
                let second = try await run("scheduled list orders --after \(place)", port: port)
                #expect(second.contains("  other") && !second.contains("  later"), "\(second)")
                let why = try await run("why orders later", port: port)
                #expect(why.contains("\nnot visible yet: it is due "), "\(why)")
                #expect(why.hasSuffix("    to cancel it: martlet scheduled cancel orders later\n"))
                #expect(
                    try await run("scheduled reschedule orders later --delay 2d", port: port)
                        .hasPrefix("later is due 20"))
                #expect(try await run("scheduled cancel orders later", port: port) == "cancelled later\n")
                try await refused("scheduled cancel orders later", port: port, "unknown-message: ")
                #expect(try await run("scheduled list orders --json", port: port).hasPrefix(#"[{"bytes":1,"#))
                try await run("pub orders --id now --delay 1h", port: port, input: "a\n")
                #expect(
                    try await run("scheduled reschedule orders now --delay 0s", port: port) == "now is visible now\n")
            }
        }

        @Test func `settings that differ are an error, unless they are to be changed`() async throws {
            try await TestBroker.run { port in
                try await run("create subscription orders billing --from earliest", port: port)
                try await run("pub orders", port: port, input: "a\n")
                try await refused("sub orders billing --on-poison park --until-empty", port: port, "conflict: ")
                #expect(try await run("sub orders billing --on-poison park --alter --until-empty", port: port) == "a\n")
                let info = try await run("info subscription orders billing --json", port: port)
                #expect(info.contains(#""onPoison":"park""#), "\(info)")
            }
        }

        @Test func `what is watched is shown again until Ctrl-C`() async throws {
            try await TestBroker.run { port in
                let end = try await onThread {
                    let command = try RunningCommand(["topics", "--watch"], port: port)
                    for _ in 1...2 { #expect(command.line() == "no topics") }
                    command.interrupt()
                    return try command.end()
                }
                #expect(end.status == 0 && end.complaint == "", "\(end)")
            }
        }

        @Test(arguments: ["topics", "topics --watch", "tree p --json", "peek orders 1 --count 1000"])
        func `a reader that has enough may go`(line: String) async throws {
            try await TestBroker.run { port in
                let lines = (1...900).map { "\($0)" + String(repeating: " m", count: 100) + "\n" }.joined()
                try await run("pub orders --process p", port: port, input: lines)
                let end = try await RunningCommand.run(
                    script: #"{ timeout 60 "$M" \#(line); echo "rc $?" >&2; } | true"#, port: port)
                #expect(end == .init(status: 0, output: "", complaint: "rc 0\n"), "\(end)")
            }
        }

        @Test func `a shell completes the names of topics and subscriptions`() async throws {
            try await TestBroker.run { port in
                try await run("create subscription orders billing --from earliest", port: port)
                try await run("create subscription other audit --from earliest", port: port)
                let script = try await run("--generate-completion-script bash", port: port)
                #expect(script.contains("---completion why -- positional@0"))
                let topics = try await run("---completion why -- positional@0 2 0 martlet why", port: port)
                #expect(topics.split(separator: "\n").sorted() == ["orders", "other"], "\(topics)")
                let names = try await run("---completion pause -- positional@1 3 0 martlet pause orders", port: port)
                #expect(names.split(separator: "\n") == ["billing"], "\(names)")
            }
        }
    }
}
