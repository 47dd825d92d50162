// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletLock
import Testing

@testable import CrashKit

extension RealProcess {
    /// The data commands beside a real broker that is used, and killed.
    struct DataCommandTests {
        /// How many messages were confirmed, by another thread.
        private final class Confirmed: Sendable {
            private let value = Lock(0)

            var count: Int { value.withLock { $0 } }

            func add() { value.withLock { $0 += 1 } }
        }

        /// How a command ended, and what it wrote.
        private struct End {
            var status: Int32
            var output: String
            var complaint: String
        }

        /// Runs a script in a folder; `$M` is the program.
        private func run(_ script: String, in folder: String) throws -> End {
            var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MARTLET_") }
            environment["M"] = try BrokerProcess.executable()
            environment["SWIFT_BACKTRACE"] = "enable=no"
            let (output, errors) = (SpawnedProcess.pipe(), SpawnedProcess.pipe())
            let process = try SpawnedProcess(
                "/bin/sh", ["-c", script], environment: environment, folder: folder, output: output, errors: errors)
            let text = try output.fileHandleForReading.readToEnd() ?? Data()
            let complaint = try errors.fileHandleForReading.readToEnd() ?? Data()
            return End(
                status: try process.wait().number, output: String(decoding: text, as: UTF8.self),
                complaint: String(decoding: complaint, as: UTF8.self))
        }

        /// Publishes numbered messages until the broker is gone; `confirmed` is how many it has confirmed.
        private static func publish(port: Int, confirmed: Confirmed) {
            do {
                let client = try WireConnection(port: port)
                var number = 0
                while true {
                    for _ in 0..<50 {
                        number += 1
                        let identity = MessageIdentity(publisher: 1, sequence: number)
                        client.send("PUB orders 100 id=\(identity)", body: MessageBody.make(identity, size: 100))
                    }
                    try client.flush()
                    for _ in 0..<50 {
                        guard case .reply(let line, data: _) = try client.next(), line.hasPrefix("OK ") else { return }
                        confirmed.add()
                    }
                }
            } catch {}
        }

        private func wait(until count: Int, _ confirmed: Confirmed) {
            while confirmed.count < count { usleep(10_000) }
        }

        /// A broker that has confirmed some messages, and takes more until it is killed; the group is empty then.
        private func underLoad() throws -> (DataFolder, BrokerProcess, Confirmed, DispatchGroup) {
            let folder = DataFolder()
            try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
            let broker = try BrokerProcess(folder: folder.path + "/data")
            let confirmed = Confirmed()
            let port = broker.port
            let group = DispatchGroup()
            group.enter()
            Thread {
                Self.publish(port: port, confirmed: confirmed)
                group.leave()
            }.start()
            wait(until: 2_000, confirmed)
            return (folder, broker, confirmed, group)
        }

        @Test func `a backup under load has what was confirmed before it began, and the broker is killed behind it`()
            async throws
        {
            try await onThread {
                let (folder, broker, confirmed, group) = try underLoad()
                let before = confirmed.count
                let file = try run(#""$M" backup --json backup"#, in: folder.path)
                #expect(file.status == 0, "\(file)")
                let later = confirmed.count
                let piped = try run(#""$M" backup - > piped && "$M" verify piped && "$M" verify"#, in: folder.path)
                #expect(piped.status == 0, "\(piped)")
                #expect(piped.output.contains("clean: every page"))
                try broker.kill()
                group.wait()
                try check("backup", holds: before, in: folder.path)
                try check("piped", holds: later, in: folder.path)
                // What is left of the one that was killed is as whole.
                let left = try run(#""$M" verify --json"#, in: folder.path)
                #expect(left.status == 0 && left.output.hasPrefix(#"{"clean":true"#), "\(left)")
            }
        }

        @Test func `what a killed broker confirmed last is in all that is made of its folder`() async throws {
            try await onThread {
                let (folder, broker, confirmed, group) = try underLoad()
                try broker.kill()
                group.wait()
                let end = try run(
                    #"""
                    for name in a b c; do cp -r data $name; done
                    "$M" verify --json && "$M" verify && "$M" backup --data a backup &&
                    "$M" restore backup --data from-backup && "$M" export --data b lines &&
                    "$M" import lines --data imported && "$M" compact --data c && "$M" verify --data c
                    """#, in: folder.path)
                #expect(end.status == 0 && end.output.contains(#""journalBatches":"#), "\(end)")
                for name in ["from-backup", "imported", "a", "b", "c", "data"] {
                    try check(folder: folder.path + "/" + name, holds: confirmed.count)
                }
            }
        }

        /// A broker on a backup has at least so many messages, whole and in order.
        private func check(_ backup: String, holds count: Int, in folder: String) throws {
            let end = try run(#""$M" restore \#(backup) --data from-\#(backup)"#, in: folder)
            #expect(end.status == 0, "\(end)")
            try check(folder: folder + "/from-\(backup)", holds: count)
        }

        /// A broker on a folder has at least so many messages, whole and in order.
        private func check(folder: String, holds count: Int) throws {
            let broker = try BrokerProcess(folder: folder)
            let client = try WireConnection(port: broker.port)
            let info = try JSONDecoder().decode(Topic.self, from: Data(try client.request("INFO topic orders").data))
            #expect(info.next > count)
            let sub = try client.request("SUB 1 orders check from=earliest window=10000")
            #expect(sub.line.hasPrefix("OK"), "\(sub.line)")
            for number in 1...count {
                guard let message = try nextMessage(client) else {
                    Issue.record("message \(number) is missing")
                    return
                }
                guard message.offset == number, message.identity?.sequence == number else {
                    Issue.record("message \(number) is another: offset \(message.offset)")
                    return
                }
                if number % 1_000 == 0 { _ = try acknowledge(number, client) }
            }
            try broker.kill()
        }

        private func nextMessage(_ client: WireConnection) throws -> WireMessage? {
            while true {
                switch try client.next() {
                case .message(let message): return message
                case .reply: continue
                default: return nil
                }
            }
        }

        private func acknowledge(_ number: Int, _ client: WireConnection) throws -> Int {
            client.send("ACK 1 \(number - 999)-\(number)")
            try client.flush()
            return number
        }

        private struct Topic: Decodable {
            var next: Int
        }

        /// Everything that INFO and WHY tell.
        private func answers(_ folder: String, offsets: Int) throws -> [String] {
            let broker = try BrokerProcess(folder: folder)
            let client = try WireConnection(port: broker.port)
            var questions = ["INFO topic orders", "INFO topic other", "INFO subscription orders main", "LIST s"]
            questions += (1...offsets).flatMap { ["WHY orders \($0) main", "WHY orders \($0) key"] }
            questions += ["WHY other id:later", "GET s k", "SCHEDULED other", "PARKED orders main", "TREE p1"]
            let answers = try questions.map { question in
                let (line, data) = try client.request(question)
                return "\(question): \(line) \(String(decoding: data, as: UTF8.self))"
            }
            try broker.kill()
            return answers
        }

        @Test func `an import answers INFO and WHY as the broker did from which it was exported`() async throws {
            try await onThread {
                let folder = DataFolder()
                try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
                let broker = try BrokerProcess(folder: folder.path + "/data")
                let client = try WireConnection(port: broker.port)
                for line in [
                    "SUB 1 orders main from=earliest window=20 backoff=1h lease=10m",
                    "CREATE subscription orders key from=earliest order=key", "CREATE topic other",
                ] { #expect(try client.request(line).line.hasPrefix("OK"), "\(line)") }
                for number in 1...30 {
                    client.send(
                        "PUB orders 5 id=i\(number) key=k\(number % 3) process=p\(number % 2)",
                        body: Array("m\(1_000 + number)".utf8))
                }
                client.send("PUB other 5 id=later delay=1h", body: Array("later".utf8))
                client.send("SET s k 5 version=any", body: Array("value".utf8))
                try client.flush()
                var (replies, messages) = (0, 0)
                while replies < 32 || messages < 20 {
                    switch try client.next() {
                    case .reply(let line, data: _):
                        replies += 1
                        #expect(line.hasPrefix("OK"), "\(line)")
                    default: messages += 1
                    }
                }
                for line in [
                    "ACK 1 1,3,5-7", "NACK 1 2 code=e1 delay=1h", "REJECT 1 4 code=e2", "PARK 1 8 code=e3",
                    "NACK 1 9 code=e4 delay=1h",
                ] { #expect(try client.request(line).line.hasPrefix("OK"), "\(line)") }
                let live = try run(#""$M" export - > live.jsonl && "$M" verify"#, in: folder.path)
                #expect(live.status == 0, "\(live)")
                try broker.kill()
                let moved = try run(
                    #"""
                    "$M" export all.jsonl && "$M" import all.jsonl --data imported && "$M" verify --data imported &&
                    "$M" import all.jsonl --data imported; echo "again $?"
                    """#, in: folder.path)
                #expect(moved.output.contains("again 70"), "\(moved)")
                let compacted = try run(#""$M" compact --data imported"#, in: folder.path)
                #expect(compacted.status == 0, "\(compacted)")
                let original = try answers(folder.path + "/data", offsets: 30)
                let imported = try answers(folder.path + "/imported", offsets: 30)
                // Times of what is due are told by the machine's clock, which a start compares anew.
                let until = /"until":\d+/
                for (left, right) in zip(original, imported) {
                    #expect(left.replacing(until, with: "") == right.replacing(until, with: ""))
                }
            }
        }

        @Test func `a backup that is killed does not make the file grow from then on`() async throws {
            try await onThread {
                let folder = DataFolder()
                try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
                let broker = try BrokerProcess(folder: folder.path + "/data")
                let client = try WireConnection(port: broker.port)
                // More than a pipe holds.
                for _ in 1...10 {
                    _ = try client.request("PUB large 60000", body: [UInt8](repeating: 66, count: 60_000))
                }
                try change(client)
                // The pipe is not read, so that the backup still has its place when it is killed.
                let killed = try run(
                    #"""
                    mkfifo pipe; sleep 60 < pipe & reader=$!
                    "$M" backup - > pipe & backup=$!
                    sleep 1; kill -0 $backup || echo early; kill -9 $backup; wait $backup; echo "end $?"; kill $reader
                    """#, in: folder.path)
                #expect(killed.output.hasSuffix("end 137\n") && !killed.output.contains("early"), "\(killed)")
                // It is noticed within a second or so.
                for _ in 1...3 { try change(client) }
                let before = try size(folder.path)
                try change(client)
                #expect(try size(folder.path) - before < 4 << 20)
                try broker.kill()
            }
        }

        /// Changes a record again and again, each time in a commit of its own, which frees some pages.
        private func change(_ client: WireConnection) throws {
            for _ in 1...2_000 {
                let reply = try client.request("SET s k 2000 version=any", body: [UInt8](repeating: 65, count: 2_000))
                try #require(reply.line.hasPrefix("OK"))
            }
        }

        private func size(_ folder: String) throws -> Int {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/data/data.mdb")
            return try #require(attributes[.size] as? Int)
        }

        @Test func `commands say what is wrong with where they are to write, and leave nothing`() async throws {
            try await onThread {
                let folder = DataFolder()
                try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
                let broker = try BrokerProcess(folder: folder.path + "/data")
                let end = try run(
                    #"""
                    "$M" backup - > /dev/full; echo "full $?"
                    "$M" export - > /dev/full; echo "export $?"
                    { "$M" backup -; echo "pipe $?" >&3; } 3>pipe | head -c 100 > /dev/null
                    cat pipe
                    "$M" compact; echo "running $?"
                    "$M" backup one && "$M" backup one; echo "exists $?"
                    "$M" restore one; echo "used $?"
                    "$M" restore pipe --data new; echo "none $?"
                    "$M" import pipe --data new; echo "none $?"
                    ls; ls new
                    """#, in: folder.path)
                for word in ["full 74", "export 74", "running 70", "exists 70", "used 70", "none 65", "none 70"] {
                    #expect(end.output.contains(word + "\n"), "\(word) in \(end)")
                }
                #expect(end.output.contains("pipe 74\n") || end.output.contains("pipe 0\n"), "\(end)")
                #expect(end.output.hasSuffix("data\ndata.log\nnew\none\npipe\nmartlet.lock\n"), "\(end)")
                #expect(end.complaint.contains("in use by another martlet process"))
                #expect(end.complaint.contains("--replace"))
                try broker.kill()
            }
        }
    }
}
