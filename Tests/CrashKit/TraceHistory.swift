// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What the clients of a traced broker did and could know, and when: a command counts from the moment at which the
/// broker read it, and a reply or a delivery from the moment at which it left.
struct TraceHistory {
    struct Moment {
        var time: UInt64
        var event: Event
    }

    /// What the clients of the load did and learned, in order.
    private(set) var moments: [Moment] = []
    /// When each reply left, by the port of the connection's other end.
    private(set) var replies: [Int: [UInt64]] = [:]
    /// When something left that confirms something.
    private(set) var confirmations: [UInt64] = []

    init(_ trace: Trace, _ setting: Checker.Setting) throws {
        var conversations: [Int: Conversation] = [:]
        for entry in trace.entries {
            let number = entry.object
            switch entry.kind {
            case .accepted: conversations[number] = Conversation(number: number, port: entry.detail)
            case .received where entry.result > 0:
                let events = conversations[number]?.receive(entry.bytes, setting) ?? []
                moments += events.map { Moment(time: entry.begin, event: $0) }
            case .received, .closed:
                guard conversations[number]?.end() == true else { break }
                moments.append(Moment(time: entry.begin, event: .ended(connection: Self.first + number)))
            case .sent:
                guard let sent = try conversations[number]?.send(entry.bytes, setting) else { break }
                moments += sent.events.map { Moment(time: entry.begin, event: $0) }
                let port = conversations[number]?.port ?? 0
                replies[port, default: []] += Array(repeating: entry.begin, count: sent.replies)
                if sent.replies > 0 { confirmations.append(entry.begin) }
            default: break
            }
        }
    }

    /// Numbers of connections begin here, so that those of a later history differ.
    fileprivate static let first = 1_000_000

    /// What had happened at a moment.
    func events(until time: UInt64) -> [Event] {
        moments.prefix { $0.time <= time }.map(\.event)
    }
}

/// Both directions of one connection.
private struct Conversation {
    enum Question {
        case publish(MessageIdentity)
        case settle(Settlement, SubscriptionName, [MessageIdentity])
        case other
    }

    let number: Int
    let port: Int
    private var commands = CommandReader()
    private var frames = FrameReader()
    private var questions: [Question] = []
    private var subscriptions: [Int: SubscriptionName] = [:]
    private var deliveries: [Int: [Int: MessageIdentity]] = [:]
    private var isOver = false

    init(number: Int, port: Int) {
        self.number = number
        self.port = port
    }

    /// The client, or the broker, is gone; false when that is known.
    mutating func end() -> Bool {
        defer { isOver = true }
        return !isOver
    }

    mutating func receive(_ bytes: ArraySlice<UInt8>, _ setting: Checker.Setting) -> [Event] {
        commands.append(bytes)
        var events: [Event] = []
        while let command = commands.next() {
            guard command.isAnswered else { continue }
            let (question, caused) = take(command, setting)
            questions.append(question)
            events += caused
        }
        return events
    }

    private mutating func take(
        _ command: CommandReader.Command, _ setting: Checker.Setting
    ) -> (question: Question, events: [Event]) {
        let words = command.words
        switch words.first ?? "" {
        case "PUB":
            let identity = MessageBody.identity(of: command.data, id: command.option("id"))
            guard setting.subscriptions.contains(where: { $0.topic == words[1] }), let identity else { break }
            return (.publish(identity), [.sent(identity, topic: words[1])])
        case "SUB":
            let name = SubscriptionName(topic: words[2], name: words[3])
            subscriptions[Int(words[1]) ?? 0] = name
        case let verb:
            guard let settlement = Settlement(rawValue: verb), let consumer = Int(words[1]),
                let name = subscriptions[consumer], setting.subscriptions.contains(name)
            else { break }
            let identities = CommandReader.tags(words[2]).compactMap { deliveries[consumer]?[$0] }
            return (.settle(settlement, name, identities), identities.map { .settling(settlement, name, $0) })
        }
        return (.other, [])
    }

    mutating func send(
        _ bytes: ArraySlice<UInt8>, _ setting: Checker.Setting
    ) throws -> (events: [Event], replies: Int) {
        frames.append(bytes)
        var events: [Event] = []
        var replies = 0
        while let frame = try frames.next() {
            switch frame {
            case .reply(let line, _):
                replies += 1
                guard !questions.isEmpty else {
                    throw ProcessFailure(description: "connection \(number) got '\(line)' in answer to nothing")
                }
                events += answer(questions.removeFirst(), line)
            case .refusal:
                replies += 1
                if !questions.isEmpty, case .publish(let identity) = questions.removeFirst() {
                    events.append(.refused(identity))
                }
            case .message(let message):
                guard let name = subscriptions[message.consumer], setting.subscriptions.contains(name) else { continue }
                deliveries[message.consumer, default: [:]][message.tag] = message.identity
                events.append(
                    .delivered(
                        Observation(
                            subscription: name, offset: message.offset, attempt: message.attempt,
                            identity: message.identity, epoch: 0, connection: TraceHistory.first + number)))
            case .goodbye, .lost: break
            }
        }
        return (events, replies)
    }

    private func answer(_ question: Question, _ line: String) -> [Event] {
        let words = line.split(separator: " ")
        switch question {
        case .publish(let identity):
            guard words.count > 1, let offset = Int(words[1]) else { return [] }
            return [.confirmed(identity, offset: offset)]
        case .settle(let settlement, let name, let identities):
            guard line == "OK \(identities.count)" else { return [] }
            return identities.map { .settled(settlement, name, $0) }
        case .other: return []
        }
    }
}
