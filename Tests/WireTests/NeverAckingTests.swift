// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletServer
import MartletTestKit
import Testing

/// A peer that takes messages and never acks one: it holds its window and nothing more, and others go on.
struct NeverAckingTests {
    @Test(arguments: [false, true])
    func `it holds its window and nothing more, and others get everything else`(isSecure: Bool) async throws {
        let security = isSecure ? try TestSecurity() : nil
        let configuration = settings { security?.secure(&$0) }
        try await wire(configuration) { port in
            func client() throws -> WireClient {
                try WireClient(port, tls: security.map { try TLSEngine($0.clientTLS()) })
            }
            let (peer, publisher) = (try client(), try client())
            try peer.check("SUB 1 a s from=earliest window=50 lease=1h", is: "OK created lease=1h")
            let body = String(repeating: "b", count: 1_000)
            for offset in 1...60 { try publisher.check("PUB a 1000", body, is: "OK \(offset)") }
            for offset in 1...50 { try peer.checkMessage(offset: UInt64(offset)) }
            try peer.checkQuiet()
            let alone = try publisher.object("INFO subscription a s")
            #expect(alone["inFlight"] as? Int == 50 && alone["backlog"] as? Int == 60)
            let why = try publisher.object("WHY a 51 s")
            #expect(why["verdict"] as? String == "waiting")
            // One that takes its place beside it, and one of another subscription.
            let (beside, elsewhere) = (try client(), try client())
            try beside.check("SUB 1 a s window=5", is: "OK lease=1h")
            try elsewhere.check("SUB 1 a other from=earliest", is: "OK created lease=30s")
            for offset in 61...300 { try publisher.check("PUB a 1000", body, is: "OK \(offset)") }
            for offset in 51...300 {
                let tag = try #require(try beside.checkMessage(offset: UInt64(offset)).tag)
                try beside.check("ACK 1 \(tag)", is: "OK 1")
            }
            for offset in 1...300 {
                let tag = try #require(try elsewhere.checkMessage(offset: UInt64(offset)).tag)
                try elsewhere.check("ACK 1 \(tag)", is: "OK 1")
            }
            try peer.checkQuiet()
            let end = try publisher.object("INFO subscription a s")
            #expect(end["inFlight"] as? Int == 50 && end["backlog"] as? Int == 50)
            // What it held goes to others when it leaves.
            peer.disconnect()
            for offset in 1...50 {
                let tag = try #require(try beside.checkMessage(offset: UInt64(offset), attempt: 2).tag)
                try beside.check("ACK 1 \(tag)", is: "OK 1")
            }
        }
    }
}
