// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite("WINDOW and UNSUB") struct WindowTests {
    @Test func `a window of 0 pauses and another one resumes`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new window=0", is: "OK created lease=30s")
            try client.publish("a", "one", "two", "three")
            try client.checkQuiet()
            try client.check("WINDOW 1 1", is: "OK")
            try client.checkMessage(offset: 1)
            try client.checkQuiet()
            try client.check("WINDOW 1 0", is: "OK")
            try client.check("ACK 1 1", is: "OK 1")
            try client.checkQuiet()
            try client.check("WINDOW 1 10000", is: "OK")
            try client.checkMessage(offset: 2)
            try client.checkMessage(offset: 3)
        }
    }

    @Test func `a window below what is held takes nothing away and gives nothing more`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new window=3", is: "OK created lease=30s")
            try client.publish("a", "1", "2", "3", "4")
            for offset in 1...3 { try client.checkMessage(offset: UInt64(offset)) }
            try client.check("WINDOW 1 1", is: "OK")
            try client.check("ACK 1 1-2", is: "OK 2")
            try client.checkQuiet()
            try client.check("ACK 1 3", is: "OK 1")
            try client.checkMessage(offset: 4)
        }
    }

    @Test func `the window of one consumer is not that of another`() async throws {
        try await wire { port in
            let (first, second) = (try WireClient(port), try WireClient(port))
            try first.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try second.check("SUB 1 a s", is: "OK lease=30s")
            try first.check("WINDOW 1 0", is: "OK")
            try first.publish("a", "one", "two")
            try second.checkMessage(offset: 1)
            try second.checkMessage(offset: 2)
            try first.checkQuiet()
            let windows = try first.objects("INFO consumers").compactMap { $0["window"] as? Int }
            #expect(windows == [0, 16])
        }
    }

    @Test(arguments: [
        ("WINDOW 1 10001", "bad-argument"), ("WINDOW 1 x", "bad-argument"), ("WINDOW 1", "bad-argument"),
        ("WINDOW", "bad-argument"), ("WINDOW 1 -1", "bad-argument"), ("WINDOW 2 1", "unknown-consumer"),
        ("WINDOW 1 1 now", "bad-option"),
    ])
    func `a refused window changes nothing`(line: String, code: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new window=1", is: "OK created lease=30s")
            try client.check(line, fails: code)
            try client.publish("a", "one", "two")
            try client.checkMessage(offset: 1)
            try client.checkQuiet()
        }
    }

    @Test func `a consumer that leaves gives back what it holds, uncounted`() async throws {
        try await wire { port in
            let (first, second) = (try WireClient(port), try WireClient(port))
            try first.check("SUB 1 a s from=new max-failures=1", is: "OK created lease=30s")
            try first.publish("a", "1", "2", "3")
            for offset in 1...3 { try first.checkMessage(offset: UInt64(offset)) }
            try first.check("ACK 1 2", is: "OK 1")
            #expect(try first.ask("TOUCH 1 1").hasPrefix("OK 1 until="))
            try second.check("SUB 1 a s", is: "OK lease=30s")
            try first.check("UNSUB 1", is: "OK")
            try second.checkMessage(offset: 1, attempt: 2)
            try second.checkMessage(offset: 3, attempt: 2)
            try second.checkQuiet()
            try first.check("ACK 1 1", fails: "unknown-consumer")
            try first.checkQuiet()
        }
    }

    @Test func `its number and its subscription may be used again`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.publish("a", "one")
            try client.checkMessage(offset: 1)
            try client.check("UNSUB 1", is: "OK")
            try client.check("SUB 1 a s", is: "OK lease=30s")
            #expect(try client.checkMessage(offset: 1, attempt: 2).tag == 2)
            // A late settle of the first consumer means nothing to the second.
            try client.check("ACK 1 1", is: "OK 0 lost=1")
            try client.check("ACK 1 1-2", is: "OK 1 lost=1")
        }
    }

    @Test func `messages wait for the next consumer`() async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.check("UNSUB 1", is: "OK")
            try client.check("PUB a 1", "x", is: "OK 1")
            try client.checkQuiet()
            try client.check("SUB 2 a s", is: "OK lease=30s")
            try client.checkMessage(offset: 1)
        }
    }

    @Test(arguments: [
        ("UNSUB", "bad-argument"), ("UNSUB x", "bad-argument"), ("UNSUB 2", "unknown-consumer"),
        ("UNSUB 1 now", "bad-option"),
    ])
    func `a refused UNSUB detaches nobody`(line: String, code: String) async throws {
        try await wire { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.check(line, fails: code)
            try client.publish("a", "one")
            try client.checkMessage(offset: 1)
            try WireClient(port).check("UNSUB 1", fails: "unknown-consumer")
        }
    }
}
