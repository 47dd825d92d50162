// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletTestKit
import Testing

extension ClientCommands {
    /// `martlet sub` and `martlet info`, from their arguments to their exit codes.
    struct SubscribeRunTests {
        private func publish(_ lines: String..., port: Int) async throws {
            let input = lines.map { $0 + "\n" }.joined()
            #expect(try await RunningCommand.run("pub", "orders", port: port, input: input).status == 0)
        }

        @Test func `messages are printed and acknowledged, and the next one goes on`() async throws {
            try await TestBroker.run { port in
                try await publish("a", "b", "c", port: port)
                let first = try await RunningCommand.run(
                    "sub", "orders", "s", "--from", "earliest", "--count", "2", port: port)
                #expect(first == .init(status: 0, output: "a\nb\n", complaint: "the subscription is new\n"))
                let second = try await RunningCommand.run("sub", "orders", "s", "--count", "1", port: port)
                #expect(second == .init(status: 0, output: "c\n", complaint: ""))
            }
        }

        @Test func `many messages are printed in their order`() async throws {
            try await TestBroker.run { port in
                let lines = (1...3_000).map { "\($0)\n" }.joined()
                _ = try await RunningCommand.run("pub", "orders", port: port, input: lines)
                let end = try await RunningCommand.run(
                    "sub", "orders", "s", "--from", "earliest", "--count", "3000", "--window", "1000", port: port)
                #expect(end.status == 0)
                #expect(end.output == lines)
                let info = try await RunningCommand.run("info", "subscription", "orders", "s", "--json", port: port)
                #expect(info.output.contains(#""backlog":0"#), "\(info.output)")
                #expect(info.output.contains(#""inFlight":0"#))
            }
        }

        @Test func `what is only looked at comes again`() async throws {
            try await TestBroker.run { port in
                try await publish("a", "b", "c", port: port)
                for _ in 1...2 {
                    let end = try await RunningCommand.run(
                        "sub", "orders", "s", "--from", "earliest", "--no-ack", "--count", "2", port: port)
                    #expect(end.status == 0 && end.output == "a\nb\n")
                }
            }
        }

        @Test func `a subscription that does not exist wants to know where it starts`() async throws {
            try await TestBroker.run { port in
                try await publish("a", port: port)
                let end = try await RunningCommand.run("sub", "orders", "s", port: port)
                #expect(end.status == 70)
                #expect(
                    end.complaint == """
                        martlet: topic orders has no subscription 's' yet.
                        To create it, say where it starts: --from earliest (all there is) or --from new (what comes \
                        now on).

                        """, "\(end.complaint)")
            }
        }

        @Test func `an interruption ends it in good order`() async throws {
            try await TestBroker.run { port in
                try await publish("a", port: port)
                let end = try await onThread {
                    let command = try RunningCommand(["sub", "orders", "s", "--from", "earliest"], port: port)
                    #expect(command.line() == "a")
                    command.interrupt()
                    return try command.end()
                }
                #expect(end == .init(status: 0, output: "", complaint: "the subscription is new\n"))
                let info = try await RunningCommand.run("info", "subscription", "orders", "s", "--json", port: port)
                #expect(info.output.contains(#""backlog":0"#), "\(info.output)")
            }
        }

        @Test(arguments: [RunningBroker.Ending.graceful, .killed])
        func `a broker that ends is told`(ending: RunningBroker.Ending) async throws {
            try await TestBroker.with { broker in
                let port = broker.port
                try await publish("a", port: port)
                let command = try await onThread {
                    let command = try RunningCommand(["sub", "orders", "s", "--from", "earliest"], port: port)
                    #expect(command.line() == "a")
                    return command
                }
                // An ack that is on its way would be lost, and its loss told.
                var info = ""
                while !info.contains(#""backlog":0"#) {
                    info = try await RunningCommand.run("info", "subscription", "orders", "s", "--json", port: port)
                        .output
                }
                try await broker.stop(ending)
                let end = try await onThread { try command.end() }
                #expect(end.status == 69)
                let reason =
                    ending == .graceful
                    ? "the broker is stopping (shutdown); subscribe again later to go on after what was printed"
                    : "the broker closed the connection (127.0.0.1:\(port))"
                #expect(end.complaint == "the subscription is new\nmartlet: \(reason)\n", "\(end.complaint)")
            }
        }

        @Test func `info shows what it is asked for`() async throws {
            try await TestBroker.run { port in
                try await publish("a", port: port)
                let json = try await RunningCommand.run("info", "topic", "orders", "--json", port: port)
                #expect(json.output.hasPrefix("{") && json.output.hasSuffix("}\n"))
                let broker = try await RunningCommand.run("info", port: port)
                #expect(broker.output.hasPrefix("version "), "\(broker.output)")
                #expect(!broker.output.contains("backlog"))
                let unknown = try await RunningCommand.run("info", "topic", "nothing", port: port)
                #expect(unknown.status == 70 && unknown.output == "")
                #expect(unknown.complaint.hasPrefix("martlet: unknown-topic: "), "\(unknown.complaint)")
            }
        }
    }
}
