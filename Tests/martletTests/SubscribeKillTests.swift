// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletServer
import MartletTestKit
import Testing

extension ClientCommands {
    /// `martlet sub --exec` that is killed as nothing else is, while a command of it runs.
    struct SubscribeKillTests {
        private static func info(_ port: Int) throws -> String {
            let command = try RunningCommand(["info", "subscription", "orders", "s", "--json"], port: port)
            try command.closeInput()
            return try command.end().output
        }

        @Test func `a kill in the middle of a command loses nothing, and what it held comes again`() async throws {
            // One failure would make a dead letter.
            var configuration = ServerConfiguration()
            configuration.maxFailures = 1
            try await TestBroker.run(configuration) { port in
                _ = try await RunningCommand.run("pub", "orders", port: port, input: "a\nb\nc\nd\n")
                let folder = try TemporaryFolder()
                let killed = try await onThread {
                    let command = """
                        echo "$MARTLET_ATTEMPT $(cat)"
                        [ $MARTLET_OFFSET = 1 ] || while [ ! -e '\(folder.path)/stop' ]; do sleep 0.05; done
                        """
                    let killed = try RunningCommand(
                        ["sub", "orders", "s", "--from", "earliest", "--window", "3", "--exec", command], port: port)
                    #expect(killed.line() == "1 a")
                    #expect(killed.line() == "1 b")
                    // The ack of the first one is on its way while the second one runs.
                    var isAcked = false
                    for _ in 0..<1_000 where !isAcked { isAcked = try Self.info(port).contains(#""backlog":3"#) }
                    #expect(isAcked)
                    killed.send(SIGKILL)
                    return killed
                }
                // The command goes on without the one that began it, and keeps nobody waiting.
                let rest = try await RunningCommand.run(
                    "sub", "orders", "s", "--until-empty", "--exec", #"echo "$MARTLET_ATTEMPT $(cat)""#, port: port)
                #expect(rest.status == 0)
                #expect(rest.output.hasPrefix("2 b\n2 c\n"), "\(rest)")
                #expect(rest.output.hasSuffix(" d\n") && rest.output.split(separator: "\n").count == 3, "\(rest)")
                let info = try await onThread { try Self.info(port) }
                for expected in [#""backlog":0"#, #""deferred":0"#, #""dead":0"#] {
                    #expect(info.contains(expected), "\(info)")
                }
                _ = FileManager.default.createFile(atPath: folder.path + "/stop", contents: nil)
                #expect(try await onThread { try killed.end().status } == SIGKILL)
            }
        }
    }
}
