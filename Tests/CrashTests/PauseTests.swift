// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CrashKit

extension RealProcess {
    /// A broker that stands still for a while charges it to nobody.
    struct PauseTests {
        @Test func `a pause longer than lease and heartbeat costs no connection and no lease`() async throws {
            try await onThread {
                let folder = DataFolder()
                let broker = try BrokerProcess(folder: folder.path)
                let client = try WireConnection(port: broker.port, heartbeat: 3)
                let subscribe = "SUB 1 orders main from=earliest lease=3s max-failures=1"
                #expect(try client.request(subscribe).line.hasPrefix("OK"))
                for sequence in 1...5 {
                    let identity = MessageIdentity(publisher: 1, sequence: sequence)
                    let body = MessageBody.make(identity, size: 100)
                    client.send("PUB orders \(body.count) id=\(identity)", body: body)
                }
                try client.flush()
                var (messages, confirms) = (0, 0)
                while messages < 5 || confirms < 5 {
                    switch try client.next() {
                    case .message: messages += 1
                    case .reply: confirms += 1
                    default: Issue.record("neither a message nor a confirm")
                    }
                }
                broker.pause()
                // What arrives while the broker stands still.
                client.send("ACK 1 1-3")
                client.send("PUB orders 1", body: [97])
                try client.flush()
                sleep(8)
                broker.resume()
                #expect(try client.next().text == "OK 3")
                #expect(try client.reply().line.hasPrefix("OK 6"))
                // These were not settled in time, but the time was not theirs.
                #expect(try client.request("ACK 1 4-6").line == "OK 3")
                let info = String(decoding: try client.request("INFO subscription orders main").data, as: UTF8.self)
                for expected in [#""backlog":0"#, #""inFlight":0"#, #""deferred":0"#, #""dead":0"#] {
                    #expect(info.contains(expected), "\(info)")
                }
                #expect(broker.waits(forLog: "the broker could not run"), "\(broker.complaint)")
                try broker.kill()
            }
        }
    }

    /// A system that has no descriptors left for connections.
    struct DescriptorTests {
        private static let said = "no connections are accepted for now"

        @Test func `without descriptors who is connected is served, and the others wait`() async throws {
            try await onThread {
                let folder = DataFolder()
                let broker = try BrokerProcess(folder: folder.path, descriptors: 64)
                let client = try WireConnection(port: broker.port)
                #expect(broker.log.contains("the process may open fewer files"), "\(broker.complaint)")
                let sockets = (1...90).map { _ in Self.connect(broker.port) }
                #expect(broker.waits(forLog: Self.said), "\(broker.complaint)")
                #expect(try client.request("PUB orders 2", body: Array("hi".utf8)).line.hasPrefix("OK 1"))
                for socket in sockets { close(socket) }
                let later = try WireConnection(port: broker.port)
                #expect(try later.request("PUB orders 2", body: Array("hi".utf8)).line.hasPrefix("OK 2"))
                #expect(broker.waits(forLog: "connections are accepted again"), "\(broker.complaint)")
                // Those that waited are taken in turn, which may use up the descriptors again; it is not told for each.
                #expect(broker.log.components(separatedBy: Self.said).count < 8, "\(broker.complaint)")
                try broker.kill()
            }
        }

        private static func connect(_ port: Int) -> Int32 {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            #expect(result == 0)
            return descriptor
        }
    }
}

extension WireFrame {
    /// The line of a reply; of anything else what it is.
    fileprivate var text: String {
        if case .reply(let line, _) = self { line } else { "\(self)" }
    }
}
