// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A client that consumes and settles in every way there is: acks alone and in lists, nacks with a delay, releases,
/// rejects, and deliveries that it keeps until its connection ends.
struct Consumer: Sendable {
    private static let window = 48
    /// Deliveries that are kept back by one connection.
    private static let keptLimit = 12

    var port: Int
    var epoch: Int
    var subscription: SubscriptionName
    /// Whether it stays with its connection; others go and come back.
    var isSteady: Bool
    var seed: UInt64

    /// Consumes until the broker is gone.
    func run(_ history: History) throws(WireError) {
        var dice = Dice(seed: seed)
        while true {
            let session = try Session(self, history)
            let limit = isSteady ? Int.max : Int.random(in: 20...600, using: &dice)
            while session.deliveries < limit { try session.advance(&dice) }
            // Noted before the connection is closed, so that nothing can come back earlier than that.
            withExtendedLifetime(session) { history.add(.ended(connection: session.number)) }
        }
    }

    /// One connection of the consumer.
    private final class Session {
        let number: Int
        private(set) var deliveries = 0
        private let connection: WireConnection
        private let consumer: Consumer
        private let history: History
        private var asked: [(settlement: Settlement, identities: [MessageIdentity])] = []
        private var acks: [(tag: Int, identity: MessageIdentity)] = []
        private var kept = 0

        init(_ consumer: Consumer, _ history: History) throws(WireError) {
            self.consumer = consumer
            self.history = history
            connection = try WireConnection(port: consumer.port)
            number = history.nextConnection()
            let names = "\(consumer.subscription.topic) \(consumer.subscription.name)"
            connection.send("SUB 1 \(names) window=\(Consumer.window) \(Load.options)")
            try connection.flush()
            switch try connection.next() {
            case .reply(let line, _) where line.hasPrefix("OK lease="): break
            case .goodbye: throw .closed
            default: throw .violation("no OK in answer to SUB")
            }
            history.answered(number)
        }

        /// Takes all that has come, and answers it.
        func advance(_ dice: inout Dice) throws(WireError) {
            var frame: WireFrame? = try connection.next()
            while let current = frame {
                try take(current, &dice)
                frame = try connection.buffered()
            }
            sendAcks()
            do {
                try connection.flush()
            } catch {
                // What the broker said before it was killed counts; the next read ends it.
            }
        }

        private func take(_ frame: WireFrame, _ dice: inout Dice) throws(WireError) {
            switch frame {
            case .message(let message): take(message, &dice)
            case .reply(let line, _):
                guard !asked.isEmpty else { throw .violation("'\(line)' in answer to nothing") }
                let (settlement, identities) = asked.removeFirst()
                guard line == "OK \(identities.count)" else {
                    throw .violation("'\(line)' in answer to \(settlement.rawValue) of \(identities.count) leases")
                }
                for identity in identities { history.add(.settled(settlement, consumer.subscription, identity)) }
            case .refusal(let line):
                throw .violation("'\(line)' in answer to \(asked.first?.settlement.rawValue ?? "SUB")")
            case .goodbye: history.saidGoodbye(number)
            case .lost: throw .violation("LOST, although no lease can have run out")
            }
        }

        private func take(_ message: WireMessage, _ dice: inout Dice) {
            deliveries += 1
            history.add(
                .delivered(
                    Observation(
                        subscription: consumer.subscription, offset: message.offset, attempt: message.attempt,
                        identity: message.identity, epoch: consumer.epoch, connection: number)))
            guard let identity = message.identity else { return }
            if identity.sequence % 97 == 0, !consumer.isSteady {
                // Fails until it is dead.
                return settle(.nack, message.tag, identity, " delay=20ms code=poison")
            }
            switch Int.random(in: 0..<100, using: &dice) {
            case 0..<4 where message.attempt == 1:
                settle(.nack, message.tag, identity, " delay=\(Int.random(in: 0...100, using: &dice))ms code=later")
            case 4..<6: settle(.release, message.tag, identity, "")
            case 6..<8: settle(.release, message.tag, identity, " delay=30ms")
            case 8..<10: settle(.reject, message.tag, identity, " code=wrong note=never")
            case 10..<12 where kept < Consumer.keptLimit: kept += 1
            default:
                acks.append((message.tag, identity))
                if dice.one(in: 8) { sendAcks() }
            }
        }

        private func settle(_ settlement: Settlement, _ tag: Int, _ identity: MessageIdentity, _ options: String) {
            history.add(.settling(settlement, consumer.subscription, identity))
            connection.send("\(settlement.rawValue) 1 \(tag)\(options)")
            asked.append((settlement, [identity]))
        }

        /// Acks what was gathered, in ranges where tags follow one another.
        private func sendAcks() {
            guard !acks.isEmpty else { return }
            var ranges: [ClosedRange<Int>] = []
            for (tag, identity) in acks {
                history.add(.settling(.ack, consumer.subscription, identity))
                if let last = ranges.last, last.upperBound + 1 == tag {
                    ranges[ranges.count - 1] = last.lowerBound...tag
                } else {
                    ranges.append(tag...tag)
                }
            }
            let tags = ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            connection.send("ACK 1 \(tags.joined(separator: ","))")
            asked.append((.ack, acks.map(\.identity)))
            acks.removeAll(keepingCapacity: true)
        }
    }
}
