// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletTestKit
import Testing

extension ClientCommands {
    /// `martlet sub` in a pipe.
    struct SubscribePipeTests {
        private func publish(_ lines: [String], port: Int) async throws {
            let end = try await RunningCommand.run(
                "pub", "orders", port: port, input: lines.map { $0 + "\n" }.joined())
            #expect(end.status == 0)
        }

        @Test func `what head leaves is the next one's, and nobody waits for a message that does not come`()
            async throws
        {
            try await TestBroker.run { port in
                try await publish((1...300).map(String.init), port: port)
                for round in 1...3 {
                    let end = try await RunningCommand.run(
                        script: #"{ timeout 60 "$M" sub orders s --from earliest; echo "rc $?" >&2; } | head -n 1"#,
                        port: port)
                    #expect(end.output == "\(round)\n")
                    #expect(end.complaint == (round == 1 ? "the subscription is new\nrc 0\n" : "rc 0\n"))
                }
                let info = try await RunningCommand.run("info", "subscription", "orders", "s", "--json", port: port)
                #expect(info.output.contains(#""backlog":297"#), "\(info.output)")
                #expect(info.output.contains(#""inFlight":0"#) && info.output.contains(#""deferred":0"#))
            }
        }

        @Test func `the end of the reader is noticed without a message`() async throws {
            try await TestBroker.run { port in
                try await publish(["a"], port: port)
                let end = try await RunningCommand.run(
                    script: #"{ timeout 60 "$M" sub orders s --from earliest; echo "rc $?" >&2; } | head -n 1"#,
                    port: port)
                #expect(end.output == "a\n" && end.complaint == "the subscription is new\nrc 0\n")
            }
        }

        @Test func `a reader that takes nothing is given nothing for good`() async throws {
            try await TestBroker.run { port in
                try await publish(["a", "b"], port: port)
                let end = try await RunningCommand.run(
                    script: #"timeout 60 "$M" sub orders s --from earliest --window 10 | true"#, port: port)
                #expect(end.status == 0)
                let rest = try await RunningCommand.run("sub", "orders", "s", "--until-empty", port: port)
                #expect(rest == .init(status: 0, output: "a\nb\n", complaint: ""))
            }
        }

        @Test func `an interruption gives back what was not read`() async throws {
            try await TestBroker.run { port in
                try await publish(["a", "b"], port: port)
                let status = try await onThread {
                    let command = try RunningCommand(
                        ["sub", "orders", "s", "--from", "earliest", "--window", "10"], port: port)
                    #expect(command.complains("the subscription is new"))
                    command.interrupt()
                    return try command.endUnread()
                }
                #expect(status == 0)
                let rest = try await RunningCommand.run("sub", "orders", "s", "--until-empty", port: port)
                #expect(rest == .init(status: 0, output: "a\nb\n", complaint: ""))
            }
        }

        /// The first is more than a pipe holds, the others lie in it.
        @Test(arguments: [(200_000, []), (1, []), (1, ["--until-empty"])])
        func `leases are extended while the output is not taken`(size: Int, more: [String]) async throws {
            try await TestBroker.run { port in
                try await FaultyLink.with(port) { link in
                    try await publish([String(repeating: "x", count: size)], port: port)
                    await link.drop(.before, .client) { $0.word == "TOUCH" }
                    let end = try await onThread {
                        let command = try RunningCommand(
                            ["sub", "orders", "s", "--from", "earliest", "--lease", "1s"] + more, port: link.port)
                        // Only a TOUCH ends the connection, and only that ends the command.
                        #expect(try command.endUnread() == 69)
                        return try command.end()
                    }
                    #expect(end.complaint.contains("the broker closed the connection"), "\(end.complaint)")
                }
            }
        }

        @Test func `all of the backlog goes into a pipe in its order`() async throws {
            try await TestBroker.run { port in
                let lines = (1...500).map(String.init)
                try await publish(lines, port: port)
                let end = try await RunningCommand.run(
                    script: #"timeout 60 "$M" sub orders s --from earliest --until-empty | cat"#, port: port)
                #expect(end.output == lines.map { $0 + "\n" }.joined())
                let again = try await RunningCommand.run("sub", "orders", "s", "--until-empty", port: port)
                #expect(again == .init(status: 0, output: "", complaint: ""))
            }
        }

        @Test func `with --wait it outlives the broker`() async throws {
            try await TestBroker.with { broker in
                let port = broker.port
                try await publish(["a"], port: port)
                let first = try await RunningCommand.run(
                    "sub", "orders", "s", "--from", "earliest", "--until-empty", port: port)
                #expect(first.output == "a\n")
                try await broker.stop()
                let command = try await onThread {
                    let command = try RunningCommand(["sub", "orders", "s", "--wait"], port: port)
                    #expect(command.complains("waiting for the broker: cannot connect"))
                    return command
                }
                for (ending, body) in [(RunningBroker.Ending.graceful, "b"), (.killed, "c")] {
                    try await broker.start()
                    try await publish([body], port: port)
                    #expect(try await onThread { command.line() } == body)
                    try await settled(port: port)
                    try await broker.stop(ending)
                }
                let end = try await onThread {
                    command.interrupt()
                    return try command.end()
                }
                #expect(end.status == 0 && end.output == "")
                #expect(end.complaint.contains("waiting for the broker: the broker is stopping (shutdown)\n"))
            }
        }

        /// Waits until nothing is left in the subscription.
        private func settled(port: Int) async throws {
            var info = ""
            while !info.contains(#""backlog":0"#) {
                info = try await RunningCommand.run("info", "subscription", "orders", "s", "--json", port: port).output
            }
        }
    }
}
