// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletServer
import Testing

/// The users of a broker in tests: one who may do all, one who may do all with one topic, one who may do nothing.
///
/// The token of each is its name with `-token` behind it.
struct WireUsers: Sendable {
    let directory = UserDirectory()
    let root = User(.admin(user: "root"), tokens: [TokenDigest(of: "root-token")])

    init() { directory.replace(all) }

    var all: [User] {
        [root, user("open", "open", tokens: ["open-token", "open-token-2"]), user("nobody", nil)]
    }

    /// Settings of a broker with these users.
    var settings: ServerConfiguration {
        var settings = ServerConfiguration()
        settings.users = directory
        return settings
    }

    /// A user who may do everything with one topic, or nothing at all.
    func user(_ name: String, _ topic: String?, tokens: [String] = []) -> User {
        let patterns = topic.flatMap { NamePattern($0) }.map { [$0] } ?? []
        return User(
            Access(user: name, publish: patterns, consume: patterns, manage: patterns),
            tokens: (tokens.isEmpty ? ["\(name)-token"] : tokens).map { TokenDigest(of: $0) })
    }

    /// A connection of a user.
    func client(_ port: Int, _ name: String) throws -> WireClient {
        try WireClient(port, hello: "HELLO 1 client=\(name) token=\(name)-token")
    }

    /// Makes an open and a hidden topic with a flow between them, with consumers, records and what is scheduled.
    ///
    /// - Returns: the connection of the consumers.
    func fill(_ port: Int) throws -> WireClient {
        let root = try client(port, "root")
        for (number, topic) in [(1, "secret"), (2, "open")] {
            try root.check("SUB \(number) \(topic) billing from=earliest window=1", is: "OK created lease=30s")
        }
        try root.check("PUB open 4 id=a process=p", "body", is: "OK 1")
        try root.check("PUB secret 4 id=b process=p cause=a", "body", is: "OK 1")
        try root.check("PUB open 4 id=c process=p cause=b", "body", is: "OK 2")
        try root.check("REJECT 1 1", is: "OK 1")
        try root.check("SET secret k 5 version=any", "value", is: "OK 1")
        #expect(try root.ask("PUB secret 4 id=i delay=1h", "body").hasPrefix("OK 0 due="))
        return root
    }
}

extension WireClient {
    /// Asks a question and gives its data as text.
    func data(_ question: String) throws -> String {
        try say(question)
        return try reply().body
    }

    /// Says a line, and checks that the connection ends with an error.
    func checkEnd(saying line: String, fails code: String) throws {
        try say(line)
        try checkEnd(fails: code)
    }
}
