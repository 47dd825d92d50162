// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletServer
import MartletTestKit
import Testing

extension ClientCommands {
    /// `martlet sub --exec`, from a message to how it is settled.
    struct SubscribeExecTests {
        /// A broker at which one failure makes a dead letter, so that a failure shows.
        private static func run<Result: Sendable>(_ body: @Sendable (Int) async throws -> Result) async throws -> Result
        {
            var configuration = ServerConfiguration()
            configuration.maxFailures = 1
            return try await TestBroker.run(configuration, body)
        }

        private func exec(_ command: String, _ more: String..., port: Int) async throws -> RunningCommand.End {
            try await onThread {
                let words = ["sub", "orders", "s", "--from", "earliest", "--exec", command, "--until-empty"] + more
                let command = try RunningCommand(words, port: port)
                try command.closeInput()
                return try command.end()
            }
        }

        private func info(port: Int) async throws -> String {
            try await RunningCommand.run("info", "subscription", "orders", "s", "--json", port: port).output
        }

        @Test func `a command is told what its message is`() async throws {
            try await Self.run { port in
                _ = try await RunningCommand.run(
                    "pub", "orders", "--id", "i-{n}", "--key", "k-{n}", port: port, input: "a\n")
                _ = try await RunningCommand.run("pub", "orders", port: port, input: "b\n")
                let end = try await exec(
                    #"echo "$MARTLET_TOPIC/$MARTLET_SUBSCRIPTION $MARTLET_OFFSET $MARTLET_ATTEMPT $(cat)""#
                        + #" ${MARTLET_ID-none} ${MARTLET_KEY-none} $MARTLET_ADDRESS"#, port: port)
                #expect(
                    end
                        == .init(
                            status: 0,
                            output: """
                                orders/s 1 1 a i-1 k-1 127.0.0.1:\(port)
                                orders/s 2 1 b none none 127.0.0.1:\(port)

                                """, complaint: "the subscription is new\n"))
                #expect(try await info(port: port).contains(#""backlog":0"#))
            }
        }

        @Test func `the exit code settles the message`() async throws {
            try await Self.run { port in
                _ = try await RunningCommand.run("pub", "orders", port: port, input: "0\n3\n9\n75\n")
                let end = try await exec(
                    """
                    read code || true
                    echo "$code $MARTLET_ATTEMPT"
                    case $code in
                    9) kill -9 $$ ;;
                    75) [ $MARTLET_ATTEMPT = 1 ] && exit 75; exit 0 ;;
                    esac
                    exit $code
                    """, port: port)
                #expect(end.status == 0)
                #expect(end.output == "0 1\n3 1\n9 1\n75 1\n75 2\n")
                let info = try await info(port: port)
                #expect(info.contains(#""backlog":0"#) && info.contains(#""dead":2"#), "\(info)")
                let dead = try await RunningCommand.run(
                    "sub", "$dead.orders.s", "look", "--from", "earliest", "--until-empty", "--json", port: port)
                let lines = dead.output.split(separator: "\n")
                #expect(lines.count == 2)
                #expect(lines.first?.contains(#""Martlet-Dead-Code":"exit-3""#) == true, "\(dead)")
                #expect(lines.last?.contains(#""Martlet-Dead-Code":"signal-9""#) == true, "\(dead)")
            }
        }

        @Test func `the body comes as it was published`() async throws {
            try await Self.run { port in
                let folder = try TemporaryFolder()
                let bytes = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) } + [13, 10, 0, 255])
                try await onThread { try bytes.write(to: URL(fileURLWithPath: folder.path + "/in")) }
                _ = try await RunningCommand.run("pub", "orders", "--file", folder.path + "/in", port: port)
                #expect(try await exec("cat > '\(folder.path)/out'", port: port).status == 0)
                #expect(
                    try await onThread { try Data(contentsOf: URL(fileURLWithPath: folder.path + "/out")) } == bytes)
                // One that does not read is content with it.
                _ = try await RunningCommand.run("pub", "orders", "--file", folder.path + "/in", port: port)
                let end = try await exec("exit 0", port: port)
                #expect(end == .init(status: 0, output: "", complaint: ""))
                let info = try await info(port: port)
                #expect(info.contains(#""backlog":0"#) && info.contains(#""dead":0"#), "\(info)")
            }
        }

        @Test func `with --json the command gets all there is to know`() async throws {
            try await Self.run { port in
                _ = try await RunningCommand.run("pub", "orders", "--header", "a:b", port: port, input: "x\n")
                let end = try await exec("cat", "--json", port: port)
                #expect(end.output.hasPrefix(#"{"topic":"orders","offset":1,"attempt":1,"time":"#), "\(end.output)")
                #expect(end.output.hasSuffix(#""headers":{"a":"b"},"body":"x"}"# + "\n"))
            }
        }

        @Test func `the lease is extended while the command runs`() async throws {
            try await Self.run { port in
                try await FaultyLink.with(port) { link in
                    _ = try await RunningCommand.run("pub", "orders", port: port, input: "x\n")
                    await link.drop(.before, .client) { $0.word == "TOUCH" }
                    let end = try await exec("echo begun; sleep 2; echo ended", "--lease", "1s", port: link.port)
                    // Only a TOUCH ends the connection; a command that runs is let end.
                    #expect(end.status == 69)
                    #expect(end.output == "begun\nended\n")
                }
            }
        }

        @Test func `an interruption lets the command end and gives the rest back`() async throws {
            try await Self.run { port in
                _ = try await RunningCommand.run("pub", "orders", port: port, input: "a\nb\nc\n")
                let folder = try TemporaryFolder()
                let end = try await onThread {
                    let wait = "echo begun; while [ ! -e '\(folder.path)/stop' ]; do sleep 0.05; done; cat"
                    let command = try RunningCommand(
                        ["sub", "orders", "s", "--from", "earliest", "--window", "3", "--exec", wait], port: port)
                    #expect(command.line() == "begun")
                    command.send(SIGTERM)
                    _ = FileManager.default.createFile(atPath: folder.path + "/stop", contents: nil)
                    return try command.end()
                }
                #expect(end == .init(status: 0, output: "a", complaint: "the subscription is new\n"))
                let rest = try await RunningCommand.run("sub", "orders", "s", "--until-empty", port: port)
                #expect(rest == .init(status: 0, output: "b\nc\n", complaint: ""))
                let info = try await info(port: port)
                #expect(info.contains(#""backlog":0"#) && info.contains(#""dead":0"#), "\(info)")
            }
        }

        /// Runs `sub --exec` with `head -n 1` as the reader of its output.
        private func head(_ command: String, port: Int) async throws -> RunningCommand.End {
            try await RunningCommand.run(
                script: #"{ timeout 60 "$M" sub orders s --from earliest --exec "$C"; echo "rc $?" >&2; } | head -n 1"#,
                port: port, environment: ["C": command])
        }

        @Test(arguments: [1, 300])
        func `the end of the reader ends it, and nothing has failed`(count: Int) async throws {
            try await Self.run { port in
                let lines = (1...count).map { "\($0)\n" }.joined()
                _ = try await RunningCommand.run("pub", "orders", port: port, input: lines)
                let end = try await head("cat; echo", port: port)
                #expect(end == .init(status: 0, output: "1\n", complaint: "the subscription is new\nrc 0\n"))
                let info = try await info(port: port)
                #expect(info.contains(#""dead":0"#) && info.contains(#""deferred":0"#), "\(info)")
            }
        }

        /// The first is ended by the signal, the second sees the error and says so.
        @Test(arguments: ["", "trap '' PIPE; "])
        func `what fails when the reader has gone is given back`(preparation: String) async throws {
            try await Self.run { port in
                _ = try await RunningCommand.run("pub", "orders", port: port, input: "a\nb\n")
                let end = try await head(
                    preparation + "cat; echo; while echo more; do sleep 0.05; done 2> /dev/null; exit 3", port: port)
                #expect(end == .init(status: 0, output: "a\n", complaint: "the subscription is new\nrc 0\n"))
                let info = try await info(port: port)
                #expect(info.contains(#""backlog":2"#) && info.contains(#""inFlight":0"#), "\(info)")
                #expect(info.contains(#""dead":0"#) && info.contains(#""deferred":0"#), "\(info)")
            }
        }
    }
}
