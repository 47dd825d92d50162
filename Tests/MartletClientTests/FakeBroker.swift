// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock

/// What a broker knows and answers, in memory, for one client that comes again and again.
final class FakeBroker: Sendable {
    struct Stored: Sendable, Equatable {
        var topic: String
        var id: String?
        var body: String
    }

    struct Consumer {
        var window: Int
        var nextTag = 1
        var leases: [Int: Int] = [:]
    }

    struct State {
        /// All messages; the offset is the index and one.
        var messages: [Stored] = []
        var headers: [[UInt8]] = []
        var offsets: [String: Int] = [:]
        var records: [String: (version: Int, value: [UInt8])] = [:]
        var acked: Set<Int> = []
        var attempts: [Int: Int] = [:]
        var consumers: [Int: Consumer] = [:]
        var transaction: [FakeFrame]?
        var commits = 0
    }

    private let state: Lock<State>
    /// Yields after each commit or ack.
    let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    init(_ messages: [Stored] = []) {
        state = Lock(State(messages: messages, headers: messages.map { _ in [] }))
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var messages: [Stored] { state.withLock { $0.messages } }
    var headers: [[UInt8]] { state.withLock { $0.headers } }
    var acked: Set<Int> { state.withLock { $0.acked } }
    func record(_ place: String) -> (version: Int, value: [UInt8])? { state.withLock { $0.records[place] } }

    /// Waits until so many messages are acked.
    func waitForAcks(_ count: Int) async {
        if acked.count >= count { return }
        for await _ in changes where acked.count >= count { return }
    }

    /// Carries a command out and answers what a broker says, pushes included.
    func answer(_ frame: FakeFrame) -> String {
        let text = state.withLock { Self.answer(frame, &$0) }
        if frame.word == "ACK" || frame.word == "COMMIT" { changed.yield() }
        return text
    }

    private static func answer(_ frame: FakeFrame, _ state: inout State) -> String {
        if state.transaction != nil, !["HELLO", "COMMIT", "PING"].contains(frame.word) {
            state.transaction?.append(frame)
            return "QUEUED\r\n"
        }
        switch frame.word {
        case "HELLO":
            // The client's last connection is over, whatever it still held.
            state.consumers = [:]
            state.transaction = nil
            return "OK 1 fake/1 session=s\(frame.connection) max-body=1048576 heartbeat=30\r\n"
        case "PING": return "PONG\r\n"
        case "PONG": return ""
        case "SUB":
            state.consumers[Int(frame.words[1]) ?? 0] = Consumer(window: Int(frame.option("window") ?? "") ?? 1)
            return "OK created\r\n" + deliveries(&state)
        case "BEGIN":
            state.transaction = []
            return "OK\r\n"
        case "COMMIT":
            let commands = state.transaction ?? []
            state.transaction = nil
            let isHeld = commands.filter { $0.word == "ACK" }.allSatisfy { offset($0, state) != nil }
            guard isHeld else { return "ERR tx \(commands.count):lease-lost gone\r\n" }
            for command in commands { _ = carryOut(command, &state) }
            state.commits += 1
            return "OK \(commands.count)\r\n" + deliveries(&state)
        default: return carryOut(frame, &state) + deliveries(&state)
        }
    }

    private static func offset(_ frame: FakeFrame, _ state: State) -> Int? {
        state.consumers[Int(frame.words[1]) ?? 0]?.leases[Int(frame.words[2]) ?? 0]
    }

    private static func carryOut(_ frame: FakeFrame, _ state: inout State) -> String {
        let place = frame.words.dropFirst().prefix(2).joined(separator: " ")
        switch frame.word {
        case "PUB":
            let id = frame.option("id")
            if let id, let known = state.offsets[id] { return "DUP \(known)\r\n" }
            state.messages.append(Stored(topic: frame.words[1], id: id, body: frame.body))
            state.headers.append(Array(frame.data.dropLast(frame.body.utf8.count)))
            if let id { state.offsets[id] = state.messages.count }
            return "OK \(state.messages.count)\r\n"
        case "SET":
            let version = (state.records[place]?.version ?? 0) + 1
            state.records[place] = (version, frame.data)
            return "OK \(version)\r\n"
        case "GET":
            guard let record = state.records[place] else { return "NIL\r\n" }
            let value = String(decoding: record.value, as: UTF8.self)
            return "DATA \(record.value.count) version=\(record.version) time=1\r\n\(value)\r\n"
        case "ACK", "NACK", "RELEASE":
            guard let offset = offset(frame, state) else { return "OK 0 lost=\(frame.words[2])\r\n" }
            if frame.word == "ACK" { state.acked.insert(offset) }
            state.consumers[Int(frame.words[1]) ?? 0]?.leases[Int(frame.words[2]) ?? 0] = nil
            return "OK 1\r\n"
        case "WINDOW":
            state.consumers[Int(frame.words[1]) ?? 0]?.window = Int(frame.words[2]) ?? 0
            return "OK\r\n"
        case "UNSUB": state.consumers[Int(frame.words[1]) ?? 0] = nil
        default: break
        }
        return "OK\r\n"
    }

    private static func deliveries(_ state: inout State) -> String {
        var text = ""
        for number in state.consumers.keys.sorted() {
            guard var consumer = state.consumers[number] else { continue }
            let held = Set(state.consumers.values.flatMap(\.leases.values)).union(consumer.leases.values)
            for (index, message) in state.messages.enumerated() where message.topic == "work" {
                let offset = index + 1
                guard consumer.leases.count < consumer.window, !held.contains(offset), !state.acked.contains(offset)
                else { continue }
                state.attempts[offset, default: 0] += 1
                consumer.leases[consumer.nextTag] = offset
                let headers = state.headers[index]
                text += "MSG \(number) \(consumer.nextTag) \(offset) \(state.attempts[offset] ?? 1) "
                text += "\(message.body.utf8.count) time=1\(message.id.map { " id=\($0)" } ?? "")"
                text += headers.isEmpty ? "" : " hdr=\(headers.count)"
                text += "\r\n" + String(decoding: headers, as: UTF8.self) + message.body + "\r\n"
                consumer.nextTag += 1
            }
            state.consumers[number] = consumer
        }
        return text
    }
}
