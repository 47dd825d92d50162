// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletServer
import MartletTestKit
import Testing

@Suite("PAUSE and RESUME") struct PauseTests {
    @Test func `a pause delivers nothing until RESUME, and what is held is settled as ever`() async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.check("SUB 2 a t from=new", is: "OK created lease=30s")
            try client.publish("a", "x", "y")
            for _ in 1...4 { _ = try client.message() }
            try client.check("PAUSE a s", is: "OK")
            try client.check("PAUSE a s", is: "OK")
            try client.publish("a", "z")
            #expect(try client.checkMessage(offset: 3).consumer == 2)
            try client.check("NACK 1 2 delay=0s", is: "OK 1")
            try client.check("ACK 1 1", is: "OK 1")
            try client.checkQuiet()
            #expect(try client.object("INFO subscription a s")["paused"] as? Bool == true)
            #expect(try client.object("INFO subscription a t")["paused"] as? Bool == false)
            try client.checkWhy("a 3 s", is: "waiting", ["reason": "paused", "ahead": 1])
            try client.check("RESUME a s", is: "OK")
            try client.checkMessage(offset: 2, attempt: 2)
            try client.checkMessage(offset: 3)
            #expect(try client.object("INFO subscription a s")["paused"] as? Bool == false)
            try client.check("RESUME a s", is: "OK")
        }
    }

    @Test func `a pause and what is left of its time survive a restart`() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            for name in ["ever", "timed", "over", "resumed"] {
                try client.check("CREATE subscription a \(name) from=new", is: "OK")
                try client.check("PAUSE a \(name)", is: "OK")
            }
            try client.check("PAUSE a timed for=1m", is: "OK")
            try client.check("PAUSE a over for=10s", is: "OK")
            try client.check("RESUME a resumed", is: "OK")
            try client.publish("a", "x")
        }
        clock.advance(by: 30_000)
        try await wire(folder: folder, clock: clock) { port in
            let client = try WireClient(port)
            for (number, name) in ["ever", "timed", "over", "resumed"].enumerated() {
                try client.check("SUB \(number) a \(name)", is: "OK lease=30s")
            }
            #expect(Set([try client.message().consumer, try client.message().consumer]) == [2, 3])
            try client.checkQuiet()
            try client.checkWhy("a 1 timed", is: "waiting", ["reason": "paused"])
            clock.advance(by: 29_999)
            try client.check("PING", is: "PONG")
            #expect(try client.object("INFO subscription a timed")["paused"] as? Bool == true)
            clock.advance(by: 1)
            while try client.push().fields[1] != "1" {}
            try client.check("PAUSE a timed", is: "OK")
            #expect(try client.object("INFO subscription a ever")["paused"] as? Bool == true)
        }
    }

    @Test func `a second pause replaces the first`() async throws {
        let clock = ManualClock()
        try await wire(clock: clock) { port in
            let client = try WireClient(port)
            try client.check("SUB 1 a s from=new", is: "OK created lease=30s")
            try client.check("PAUSE a s for=10s", is: "OK")
            try client.publish("a", "x")
            try client.check("PAUSE a s for=1m", is: "OK")
            clock.advance(by: 59_999)
            try client.checkQuiet()
            try client.check("PAUSE a s", is: "OK")
            clock.advance(by: 31_536_000_000)
            try client.checkQuiet()
            try client.check("PAUSE a s for=1ms", is: "OK")
            clock.advance(by: 1)
            try client.checkMessage(offset: 1)
        }
    }

    @Test(arguments: [
        ("PAUSE a s for=365d", nil), ("PAUSE a s for=31536000001ms", "bad-option"), ("PAUSE a s for=0s", "bad-option"),
        ("PAUSE a s for=5", "bad-option"), ("PAUSE a s now", "bad-option"), ("PAUSE a t", "unknown-subscription"),
        ("PAUSE b s", "unknown-topic"), ("PAUSE a! s", "bad-name"), ("RESUME a t", "unknown-subscription"),
        ("RESUME b s", "unknown-topic"), ("RESUME a s now", "bad-option"), ("PAUSE a", "bad-argument"),
    ])
    func `a pause has its limits`(line: String, code: String?) async throws {
        try await wire(clock: ManualClock()) { port in
            let client = try WireClient(port)
            try client.check("CREATE subscription a s from=new", is: "OK")
            if let code { try client.check(line, fails: code) } else { try client.check(line, is: "OK") }
            #expect(try client.object("INFO subscription a s")["paused"] as? Bool == (code == nil))
        }
    }
}
