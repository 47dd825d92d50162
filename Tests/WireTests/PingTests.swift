// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite("PING and BYE") struct PingTests {
    @Test func `PING is answered PONG, and PONG by nothing`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.send("PING\r\nPONG\r\nPONG\r\nPING\r\n")
            #expect(try client.reply().line == "PONG")
            #expect(try client.reply().line == "PONG")
            try client.check("NONSENSE", fails: "bad-command")
        }
    }

    @Test(arguments: ["PING now", "PONG now", "BYE now"])
    func `options are refused`(line: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check(line, fails: "bad-option")
            try client.check("PING", is: "PONG")
        }
    }

    @Test func `BYE is answered OK behind the replies before it, and ends the connection`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.send("PUB a 1\r\nx\r\nPING\r\nBYE\r\n")
            try client.checkEnd(["OK 1 subs=0", "PONG", "OK"])
        }
    }

    @Test func `nothing is done or said behind BYE`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.send("PUB a 1\r\nx\r\nBYE\r\nPUB a 1\r\ny\r\nPING\r\n")
            try client.checkEnd(["OK 1 subs=0", "OK"])
            #expect(try WireClient(port).object("INFO topic a")["messages"] as? Int == 1)
        }
    }

    @Test func `BYE gives back what the connection's consumers hold`() async throws {
        try await wire { port in
            let (client, other) = (try WireClient(port), try WireClient(port))
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "one", "two")
            try client.checkMessage(offset: 1)
            try client.checkMessage(offset: 2)
            try other.check("SUB 1 a s", is: "OK lease=30s")
            try client.check("BYE", is: "OK")
            try client.checkEnd()
            client.disconnect()
            try other.checkMessage(offset: 1, attempt: 2)
            try other.checkMessage(offset: 2, attempt: 2)
        }
    }
}
