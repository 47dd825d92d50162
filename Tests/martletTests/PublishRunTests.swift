// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletModel
import MartletTestKit
import Testing

/// All tests that run a client command in a process of its own, one after another.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ClientCommands {}

extension ClientCommands {
    /// `martlet pub`, from its input to its exit code.
    struct PublishRunTests {
        private static let unseen = "note: topic orders has no subscription that will see this\n"

        @Test func `every line becomes a message`() async throws {
            try await TestBroker.run { port in
                let first = try await RunningCommand.run("pub", "orders", port: port, input: "a\nb\n\nlast")
                #expect(
                    first
                        == .init(
                            status: 0, output: "published 4 messages to orders, offsets 1 to 4\n",
                            complaint: Self.unseen))
                let one = try await RunningCommand.run("pub", "orders", port: port, input: "x\n")
                #expect(one.output == "published 1 message to orders, offset 5\n")
                let none = try await RunningCommand.run("pub", "orders", port: port)
                #expect(none == .init(status: 0, output: "nothing to publish\n", complaint: ""))
            }
        }

        @Test func `more lines than may wait for their confirm are all confirmed`() async throws {
            try await TestBroker.run { port in
                let lines = (1...5_000).map { "line \($0)\n" }.joined()
                let end = try await RunningCommand.run("pub", "orders", port: port, input: lines)
                #expect(end.output == "published 5000 messages to orders, offsets 1 to 5000\n")
                #expect(end.status == 0)
            }
        }

        @Test func `what was published before is stored once`() async throws {
            try await TestBroker.run { port in
                _ = try await RunningCommand.run("pub", "orders", "--id", "i-{n}", port: port, input: "a\nb\n")
                let again = try await RunningCommand.run("pub", "orders", "--id", "i-{n}", port: port, input: "a\nb\n")
                #expect(again.output == "published nothing new to orders: 2 stored before\n")
                let more = try await RunningCommand.run(
                    "pub", "orders", "--id", "i-{n}", "--key", "k{n}", port: port, input: "a\nb\nc\n")
                #expect(more.output == "published 1 message to orders, offset 3, 2 more stored before\n")
                #expect(more.status == 0)
            }
        }

        @Test func `what is refused is told by its line`() async throws {
            try await TestBroker.run { port in
                _ = try await RunningCommand.run("pub", "orders", "--id", "i-{n}", port: port, input: "a\nb\n")
                let end = try await RunningCommand.run("pub", "orders", "--id", "i-{n}", port: port, input: "a\nB\nc\n")
                #expect(end.status == 70)
                #expect(end.output == "")
                #expect(end.complaint.contains("martlet: line 2 was refused: id-conflict "), "\(end.complaint)")
                #expect(
                    end.complaint.hasSuffix(
                        "\n2 of the 3 messages sent are stored in orders, offset 3.\n"
                            + "Repeating the command with the same input is safe: its --id is stored once.\n"
                    ))
            }
        }

        @Test func `an id for one message is not used for two`() async throws {
            try await TestBroker.run { port in
                let end = try await RunningCommand.run("pub", "orders", "--id", "i", port: port, input: "a\nb\n")
                #expect(end.status == 64)
                #expect(end.complaint.hasPrefix("martlet: --id 'i' names one message, but the input has more than one"))
            }
        }

        @Test func `a line at the broker's limit is taken and one past it is not`() async throws {
            try await TestBroker.run { port in
                let most = String(repeating: "x", count: 1 << 20)
                #expect(try await RunningCommand.run("pub", "orders", port: port, input: most).status == 0)
                let end = try await RunningCommand.run("pub", "orders", port: port, input: "a\n\(most)x")
                #expect(end.status == 64)
                #expect(
                    end.complaint.hasPrefix(
                        "martlet: line 2 is longer than a body may be (the broker takes at most 1048576 bytes)"))
            }
        }

        @Test func `a file is one message with its headers`() async throws {
            try await TestBroker.run { port in
                let folder = try TemporaryFolder()
                let path = folder.path + "/order.json"
                try await onThread { try "{\n}\n".write(toFile: path, atomically: false, encoding: .utf8) }
                let end = try await RunningCommand.run(
                    "pub", "orders", "--file", path, "--header", "type:order", "--key", "k-1", port: port)
                #expect(end.status == 0)
                let shown = try await RunningCommand.run(
                    "sub", "orders", "s", "--from", "earliest", "--count", "1", "--json", port: port)
                #expect(shown.output.contains(#""key":"k-1","headers":{"type":"order"},"body":"{\n}\n"}"#))
                let missing = try await RunningCommand.run("pub", "orders", "--file", path + "x", port: port)
                #expect(missing.status == 74)
            }
        }

        @Test func `without a broker it says how to start one`() async throws {
            let port = try await TestBroker.run { $0 }
            let end = try await RunningCommand.run("pub", "orders", port: port, input: "a\n")
            #expect(end.status == 69 && end.output == "")
            #expect(
                end.complaint.hasPrefix(
                    "martlet: cannot connect to 127.0.0.1:\(port) (connection refused)\n"
                        + "Start a broker with 'martlet serve'"), "\(end.complaint)")
        }

        @Test func `a broker that dies ends the wait for input`() async throws {
            try await TestBroker.with { broker in
                let port = broker.port
                let command = try await started(["pub", "orders"], port: port, input: "a\n")
                try await seen(1, port: port)
                try await broker.stop(.killed)
                let end = try await onThread { try command.end() }
                #expect(end.status == 69 && end.output == "")
                #expect(
                    end.complaint == """
                        martlet: the broker closed the connection (127.0.0.1:\(port))
                        The message is stored in orders, offset 1.
                        To go on, publish the input from line 2 on; with an --id it could be repeated as it was.

                        """, "\(end.complaint)")
            }
        }

        @Test func `a broker that stops ends the wait for input`() async throws {
            try await TestBroker.with { broker in
                let command = try await started(["pub", "orders"], port: broker.port, input: "a\n")
                try await seen(1, port: broker.port)
                try await broker.stop()
                let end = try await onThread { try command.end() }
                #expect(end.status == 69)
                #expect(end.output == "published 1 message to orders, offset 1\n")
                // Whether a subscription was there first, which a note would be about, is chance.
                #expect(
                    end.complaint.hasSuffix(
                        """
                        martlet: the broker is stopping
                        The message is stored in orders, offset 1.
                        To go on, publish the input from line 2 on; with an --id it could be repeated as it was.

                        """),
                    "\(end.complaint)")
            }
        }

        @Test func `what was not confirmed when the connection broke is told`() async throws {
            try await TestBroker.run { port in
                try await FaultyLink.with(port) { link in
                    await link.drop(.before, .broker, skipping: 2) { $0.word == "OK" }
                    let end = try await RunningCommand.run("pub", "orders", port: link.port, input: "a\nb\nc\n")
                    #expect(end.status == 69)
                    #expect(
                        end.complaint.contains(
                            "\n1 of the 3 messages sent is stored in orders, offset 1; of the last 2 it is not known.\n"
                                + "A repeat may store a message twice; with --id 'NAME-{n}' it is safe.\n"),
                        "\(end.complaint)")
                }
            }
        }

        private func started(_ words: [String], port: Int, input: String) async throws -> RunningCommand {
            try await onThread {
                let command = try RunningCommand(words, port: port)
                try command.write(input)
                return command
            }
        }

        /// Waits until so many messages are in the topic, by reading them.
        private func seen(_ count: Int, port: Int) async throws {
            let end = try await RunningCommand.run(
                "sub", "orders", "watch", "--from", "earliest", "--count", "\(count)", port: port)
            #expect(end.status == 0)
        }
    }
}
