// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletServer
import MartletTestKit
import Testing

/// Users, their tokens and what the end of their rights means, with real sockets.
@Suite("Access") struct AccessTests {
    @Test(arguments: [
        "", " token=", " token=wrong", " token=Root-token", " token=root-token%20", " token=%72oot-tokem",
    ])
    func `who shows no user's token is told so and let out, and nothing of it is done`(option: String) async throws {
        let users = WireUsers()
        try await wire(users.settings) { port in
            let client = try WireClient(port, hello: nil)
            try client.send("HELLO 1\(option)\r\nPUB open 4\r\nbody\r\nCREATE topic made\r\n")
            let rest = try client.rest()
            #expect(rest.count == 1 && rest[0].hasPrefix("ERR "), "\(rest)")
            #expect(rest[0].hasPrefix("ERR auth ") || option == " token=", "\(rest)")
            #expect(rest.allSatisfy { !$0.contains("wrong") && !$0.contains("token-") })
            let root = try users.client(port, "root")
            #expect(try root.data("INFO topics") == "[]")
        }
    }

    @Test func `each of a user's tokens lets in, also one that is written with escapes`() async throws {
        let users = WireUsers()
        try await wire(users.settings) { port in
            for token in ["open-token", "open-token-2", "open%2Dtoken"] {
                let client = try WireClient(port, hello: "HELLO 1 token=\(token)")
                #expect(try client.ask("PUB open 4", "body").hasPrefix("OK "))
            }
        }
    }

    @Test func `a user does what the rights allow and nothing else`() async throws {
        let users = WireUsers()
        try await wire(users.settings) { port in
            let (open, nobody) = (try users.client(port, "open"), try users.client(port, "nobody"))
            try open.check("PUB open 4", "body", is: "OK 1 subs=0")
            try open.check("PUB secret 4", "body", fails: "denied")
            try open.check("SUB 1 secret billing from=earliest", fails: "denied")
            try open.check("SUB 1 open billing from=earliest", is: "OK created lease=30s")
            try open.checkMessage(offset: 1)
            try open.check("ACK 1 1", is: "OK 1")
            try nobody.check("PUB open 4", "body", fails: "denied")
            try nobody.check("PING", is: "PONG")
        }
    }

    @Test(arguments: [
        "INFO topic NAME", "INFO subscription NAME billing", "PEEK NAME 1", "SCHEDULED NAME", "PARKED NAME billing",
        "WHY NAME 1", "WHY NAME id:i", "WHY NAME 1 billing", "SUB 1 NAME billing", "SUB 1 NAME billing from=new alter",
        "CREATE subscription NAME other from=new", "DELETE topic NAME", "DELETE subscription NAME billing",
        "ALTER topic NAME max-age=1d", "ALTER subscription NAME billing lease=1m", "PAUSE NAME billing",
        "RESUME NAME billing", "SEEK NAME billing earliest", "PURGE NAME", "CANCEL NAME i",
        "RESCHEDULE NAME i delay=1s", "EXPECT p NAME 1m", "UNEXPECT p NAME", "REDRIVE NAME billing",
        "REDRIVE NAME billing stop", "RESOLVE NAME billing 1 ack", "GET NAME k", "UNSET NAME k version=1", "LIST NAME",
        "PEEK $dead.NAME.billing 1", "INFO topic $dead.NAME.billing", "WHY $dead.NAME.billing 1",
    ])
    func `what is hidden and what is not there get the same answer`(command: String) async throws {
        let users = WireUsers()
        try await wire(users.settings) { port in
            let root = try users.fill(port)
            let open = try users.client(port, "open")
            func answer(_ name: String) throws -> String {
                try open.ask(command.replacingOccurrences(of: "NAME", with: name))
                    .replacingOccurrences(of: name, with: "NAME")
            }
            let hidden = try answer("secret")
            #expect(hidden.hasPrefix("ERR denied "), "\(hidden)")
            #expect(hidden == (try answer("missing")))
            try root.check("PING", is: "PONG")
        }
    }

    @Test func `lists, counts and trees show what the user may consume`() async throws {
        let users = WireUsers()
        try await wire(users.settings) { port in
            let root = try users.fill(port)
            let open = try users.client(port, "open")
            for question in ["INFO topics", "INFO consumers", "TREE p"] {
                let text = try open.data(question)
                #expect(text.contains("\"open\"") && !text.contains("secret"), "\(question): \(text)")
            }
            #expect(try open.data("INFO").contains("\"topics\":1"))
            #expect(try open.data("TREE p").contains("\"gap\":true"))
            #expect(try open.data("WHY open 2").contains("\"open\""))
            #expect(try root.data("INFO topics").contains("\"secret\""))
        }
    }

    @Test func `a user that is gone or changed is told and let out behind its replies, the others stay`() async throws {
        let users = WireUsers()
        try await wire(users.settings) { port in
            let clients = try ["root", "open", "nobody"].map { try users.client(port, $0) }
            try clients[1].check("SUB 1 open billing from=earliest", is: "OK created lease=30s")
            users.directory.replace([users.root, users.user("open", "elsewhere"), users.user("other", "open")])
            try clients[1].checkEnd(["BYE reason=access"])
            try clients[2].checkEnd(["BYE reason=access"])
            try clients[0].check("PING", is: "PONG")
            let again = try users.client(port, "open")
            try again.check("PUB open 4", "body", fails: "denied")
            try WireClient(port, hello: nil).checkEnd(saying: "HELLO 1 token=nobody-token", fails: "auth")
        }
    }

    @Test func `what a consumer held whose user lost its rights goes to another`() async throws {
        let users = WireUsers()
        try await wire(users.settings) { port in
            let (open, root) = (try users.client(port, "open"), try users.client(port, "root"))
            try open.check("SUB 1 open billing from=earliest", is: "OK created lease=30s")
            try root.check("PUB open 4", "body", is: "OK 1")
            try open.checkMessage(offset: 1)
            try root.check("SUB 1 open billing", is: "OK lease=30s")
            users.directory.replace([users.root])
            try open.checkEnd(["BYE reason=access"])
            try root.checkMessage(offset: 1, attempt: 2)
        }
    }

    @Test func `a token that was taken away ends what it opened, and the user's other token goes on`() async throws {
        let users = WireUsers()
        try await wire(users.settings) { port in
            let old = try WireClient(port, hello: "HELLO 1 token=open-token")
            let new = try WireClient(port, hello: "HELLO 1 token=open-token-2")
            users.directory.replace([users.user("open", "open", tokens: ["open-token-2"])])
            try old.checkEnd(["BYE reason=access"])
            try new.check("PING", is: "PONG")
        }
    }

    @Test func `users that are the same again disturb nobody`() async throws {
        let users = WireUsers()
        try await wire(users.settings) { port in
            let client = try users.client(port, "open")
            users.directory.replace(WireUsers().all)
            try client.checkQuiet()
        }
    }

    @Test func `those who have not said who they are are few, from one address and in all`() async throws {
        for path in [\ServerConfiguration.maxUnauthenticated, \.maxUnauthenticatedPerAddress] {
            let users = WireUsers()
            var settings = users.settings
            settings[keyPath: path] = 2
            try await wire(settings) { port in
                let strangers = try (0..<2).map { _ in try WireClient(port, hello: nil) }
                try WireClient(port, hello: nil).checkEnd()
                #expect(try strangers[0].ask("HELLO 1 token=open-token").hasPrefix("OK 1 "))
                #expect(try users.client(port, "root").ask("PING") == "PONG")
                strangers[1].disconnect()
                try strangers[0].check("PING", is: "PONG")
            }
        }
    }

    @Test func `the limits of those who are not known are not for those who are`() async throws {
        let users = WireUsers()
        var settings = users.settings
        settings.maxUnauthenticatedPerAddress = 1
        try await wire(settings) { port in
            let clients = try (0..<20).map { _ in try users.client(port, "open") }
            for client in clients { try client.check("PING", is: "PONG") }
        }
    }
}
