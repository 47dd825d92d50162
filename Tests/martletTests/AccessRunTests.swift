// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletClient
import MartletModel
import MartletServer
import MartletTestKit
import Testing

@testable import martlet

extension ClientCommands {
    /// `martlet serve` with users, as a process, and the commands that show it a token.
    struct AccessRunTests {
        /// A broker of its own with users in a file.
        private struct Broker {
            let folder: TemporaryFolder
            let command: RunningCommand
            let port: Int
            var users: String { folder.path + "/users.yaml" }

            init(_ users: String) throws {
                folder = try TemporaryFolder()
                let file = folder.path + "/users.yaml"
                try users.write(toFile: file, atomically: true, encoding: .utf8)
                command = try RunningCommand(
                    script: #"exec "$M" serve --port 0 --data "$D/data""#, port: 1,
                    environment: ["D": folder.path, "MARTLET_ACCESS_USERS_FILE": file, "MARTLET_LOG_LEVEL": "trace"])
                var port = 0
                while let line = command.line(), !line.contains("Ctrl-C") {
                    if line.contains("address"), let text = line.split(separator: ":").last { port = Int(text) ?? 0 }
                }
                self.port = port
            }

            func reload(_ users: String, says text: String) throws {
                try users.write(toFile: self.users, atomically: true, encoding: .utf8)
                command.send(SIGHUP)
                #expect(command.complains(text))
            }

            func end() throws -> RunningCommand.End {
                command.send(SIGTERM)
                return try command.end()
            }
        }

        private static func user(_ name: String, _ rights: String) -> String {
            "- {name: \(name), token-sha256: \(TokenDigest(of: "\(name)-token").hex), \(rights)}\n"
        }

        private static let some = "publish: [orders], consume: [orders]"

        @Test func `a command that sub runs is shown as the same user as the one that runs it`() async throws {
            try await onThread {
                let broker = try Broker(Self.user("ops", "admin: true"))
                let file = broker.folder.path + "/token"
                try "ops-token\n".write(toFile: file, atomically: true, encoding: .utf8)
                let script = #"""
                    cd "$D" && echo hello | "$M" pub orders --token-file token
                    "$M" sub orders s --from earliest --count 1 --token-file token --exec 'cd / && "$M" pub seen && env'
                    timeout 60 "$M" sub seen s --from earliest --count 1 --token-file token
                    """#
                // A token of the environment is not the one that was named.
                let command = try RunningCommand(
                    script: script, port: broker.port, environment: ["D": broker.folder.path, "MARTLET_TOKEN": "wrong"])
                try command.closeInput()
                let end = try command.end()
                #expect(end.output.contains("\nMARTLET_TOKEN_FILE=\(file)\n"), "\(end)")
                #expect(end.output.hasSuffix("\nhello\n") && !end.output.contains("ops-token"), "\(end)")
                #expect(try broker.end().status == 0)
            }
        }

        private static func connect(_ port: Int, _ token: String) throws -> BlockingConnection {
            var configuration = ClientConfiguration(addresses: [.init(host: "127.0.0.1", port: port)])
            configuration.token = token
            return try BlockingConnection(configuration)
        }

        @Test func `SIGHUP lets out who is gone, keeps who stays, and changes nothing when the file is wrong`()
            async throws
        {
            let end = try await onThread {
                let broker = try Broker(Self.user("ann", Self.some) + Self.user("bob", Self.some))
                let (ann, bob) = (
                    try Self.connect(broker.port, "ann-token"), try Self.connect(broker.port, "bob-token")
                )
                try broker.reload(Self.user("bob", Self.some), says: "users were read again")
                #expect(throws: ClientError.self) { for _ in 0..<10 { _ = try ann.next(timeout: 10_000) } }
                #expect(try bob.request(.info(.broker)).word == "DATA")
                for wrong in ["", "- {name: bob}\n", "{"] {
                    try broker.reload(wrong, says: "the old ones stay")
                    #expect(try bob.request(.info(.broker)).word == "DATA")
                    #expect(try Self.connect(broker.port, "bob-token").request(.info(.broker)).word == "DATA")
                }
                return try broker.end()
            }
            #expect(end.status == 0, "\(end)")
        }

        @Test func `neither tokens nor bodies are in the log, and who was not let in is`() async throws {
            let end = try await onThread {
                let broker = try Broker(Self.user("ann", Self.some))
                let ann = try Self.connect(broker.port, "ann-token")
                var message = TimedPublish(topic: "orders")
                message.body = Array("BODY-6021".utf8)
                message.headers = Array("secret: HEADER-6021\n".utf8)
                #expect(try ann.request(.publish(message)).word == "OK")
                message.topic = "hidden"
                #expect(throws: ClientError.self) { try ann.request(.publish(message)) }
                for number in 0..<20 {
                    #expect(throws: ClientError.self) { try Self.connect(broker.port, "TOKEN-6021-\(number)") }
                }
                return try broker.end()
            }
            #expect(!end.complaint.contains("6021") && !end.complaint.contains("ann-token"), "\(end.complaint)")
            #expect(!end.complaint.contains(TokenDigest(of: "ann-token").hex))
            let lines = end.complaint.split(separator: "\n").filter { $0.contains("was not let in") }
            #expect((1...4).contains(lines.count) && lines.allSatisfy { $0.contains("127.0.0.1") }, "\(lines)")
        }

        @Test func `commands show the token of the environment or of a file, and explain when there is none`()
            async throws
        {
            try await onThread {
                let broker = try Broker(Self.user("ann", Self.some) + Self.user("root", "admin: true"))
                let file = broker.folder.path + "/token"
                try "ann-token\n".write(toFile: file, atomically: true, encoding: .utf8)
                func run(_ words: String..., token: String? = nil, input: String = "") throws -> RunningCommand.End {
                    let command = try RunningCommand(
                        words, port: broker.port, environment: token.map { ["MARTLET_TOKEN": $0] } ?? [:])
                    try command.write(input)
                    try command.closeInput()
                    return try command.end()
                }
                let without = try run("topics")
                #expect(without.status == 70 && without.complaint.contains("MARTLET_TOKEN"), "\(without)")
                let wrong = try run("topics", token: "nobody-token")
                #expect(wrong.status == 70 && wrong.complaint.contains("--token-file"), "\(wrong)")
                #expect(!wrong.complaint.contains("nobody-token"))
                #expect(try run("pub", "orders", token: "ann-token", input: "hello\n").status == 0)
                #expect(try run("peek", "orders", "--token-file", file).output.contains("hello"))
                // The file goes before the environment.
                #expect(try run("peek", "orders", "--token-file", file, token: "nobody-token").status == 0)
                let denied = try run("peek", "hidden", "--token-file", file)
                #expect(denied.status == 70 && denied.complaint.contains("access.users"), "\(denied)")
                #expect(try run("create", "topic", "hidden", token: "root-token").status == 0)
                #expect(try run("peek", "hidden", "--token-file", file).complaint == denied.complaint)
                #expect(try run("peek", "orders", "--token-file", file + "s").status == 64)
                let read = try run(
                    "sub", "orders", "me", "--from", "earliest", "--count", "1", "--token-file", file)
                #expect(read.output == "hello\n", "\(read)")
                _ = try broker.end()
            }
        }

        @Test func `a new token is 256 bits, and its line is what the configuration takes`() async throws {
            let ends = [
                try await RunningCommand.run("token", "new", port: 1),
                try await RunningCommand.run("token", "new", port: 1),
            ]
            for end in ends {
                let lines = end.output.split(separator: "\n").map(String.init)
                try #require(end.status == 0 && lines.count == 2)
                #expect(lines[0].count == 43 && lines[0].allSatisfy { $0.isLetter || $0.isNumber || "-_".contains($0) })
                #expect(lines[1] == "token-sha256: \(TokenDigest(of: lines[0]).hex)")
            }
            #expect(ends[0].output != ends[1].output)
        }

        @Test func `without users it does not listen where others can reach it, whatever else is allowed`() async throws
        {
            let end = try await RunningCommand.run(
                script:
                    #"MARTLET_SERVER_ALLOW_PLAINTEXT=true exec "$M" serve --port 0 --host 0.0.0.0 --data "$D/data""#,
                port: 1, environment: ["D": "/nowhere"])
            #expect(end.status == 64 && end.complaint.contains("access.users"), "\(end)")
        }
    }
}
