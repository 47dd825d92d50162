// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Commands of connections, in the order of each.
extension Broker {
    /// Applies the commands of a batch from an item on; what the step has no room for is left for the next one.
    func apply(
        _ batch: CommandBatch, for connection: Connection?, from first: Int = 0, _ progress: CommandProgress? = nil
    ) throws(StoreError) {
        // A batch may arrive behind the end of its connection; then there is no one to answer.
        guard let connection, !connection.isGone else { return applied.append(batch) }
        if let access = batch.access { connection.speak(as: access) }
        var topics: [Topic?] = Array(repeating: nil, count: batch.topics.count)
        var progress = progress
        let items = batch.items
        for index in first..<items.count {
            switch items[index] {
            case .publish(let run):
                guard try publish(run, of: batch, &topics, for: connection) else {
                    return leave(
                        UnfinishedCommands(batch, arrival: arrival, item: index, progress: nil), of: connection)
                }
            case .ack(let number, let first, let last):
                if let transaction = connection.transaction {
                    let settle = Settle(verb: .ack, consumer: number, tags: [first...last])
                    queue(.settle(settle), bytes: 16, in: transaction, for: connection)
                } else {
                    try acknowledge(number, first, last, for: connection)
                }
            case .command(let place):
                let left = try apply(batch.commands[place], progress, for: connection)
                progress = nil
                guard let left else { continue }
                return leave(
                    UnfinishedCommands(batch, arrival: arrival, item: index, progress: left.progress), of: connection)
            case .refused(let place): try refuse(batch.refusals[place], for: connection)
            }
        }
        applied.append(batch)
    }

    /// A command that the step has no room for, and how far it has come.
    private struct Left {
        var progress: CommandProgress?
    }

    /// Publishes a run; false when the ids of its topic have to be read first.
    private func publish(
        _ run: CommandBatch.Run, of batch: CommandBatch, _ topics: inout [Topic?], for connection: Connection
    ) throws(StoreError) -> Bool {
        // A topic that an earlier run of the batch went to is one that its user may publish to.
        if let topic = topics[run.topic], !topic.isGone, connection.transaction == nil {
            return try publish(run, of: batch, to: topic, for: connection)
        }
        let name = batch.topics[run.topic]
        if let refusal = connection.refusal(ofPublishTo: name) {
            if let transaction = connection.transaction {
                for _ in 0..<run.count { queue(refusal, in: transaction) }
            }
            refusePublishes(refusal, count: run.count, for: connection)
            return true
        }
        if let transaction = connection.transaction {
            queue(batch.messages(of: run), run, to: name, in: transaction, for: connection)
            return true
        }
        guard let topic = topicToPublish(name) else {
            refusePublishes(isFull ? full() : .unknownTopic(name), count: run.count, for: connection)
            return true
        }
        topics[run.topic] = topic
        return try publish(run, of: batch, to: topic, for: connection)
    }

    /// Answers what is refused without being looked at further: a malformed frame, or one that its user may not say.
    private func refuse(_ refusal: Refusal, for connection: Connection) throws(StoreError) {
        if refusal.closes {
            try detachAll(of: connection, outcome: .disconnected)
            return reply(.closing(refusal), to: connection)
        }
        if let transaction = connection.transaction { queue(refusal, in: transaction) }
        reply(.refused(refusal), to: connection)
    }

    private func apply(
        _ command: Command, _ progress: CommandProgress?, for connection: Connection
    ) throws(StoreError) -> Left? {
        do {
            if let progress { return try goOn(with: progress, of: command, for: connection) }
            if let refusal = connection.access.refusal(of: command) {
                try refuse(refusal, for: connection)
                return nil
            }
            if isStepFull, command.writesMuch { return Left() }
            if let transaction = connection.transaction, try queue(command, in: transaction, for: connection) {
                return nil
            }
            return try goOn(with: .ids(topicsAsked(by: command, of: connection)), of: command, for: connection)
        } catch let refusal as Refusal {
            reply(.refused(refusal), to: connection)
        } catch let error as StoreError where error.code == .damaged && command.isQuestion {
            note(.damagedRow(error.description))
            reply(.refused(Refusal(.internal, error.description)), to: connection)
        } catch let error as StoreError {
            throw error
        } catch {
            preconditionFailure("neither a refusal nor a store's error: \(error)")
        }
        return nil
    }

    /// Does a command, or as much of it as the step has room for.
    private func begin(_ command: Command, for connection: Connection) throws -> Left? {
        if case .settle(let fields) = command {
            let consumer = try consumer(fields.consumer, of: connection)
            let progress = SettleProgress(fields, consumer)
            if let refusal = refusal(of: fields.verb, consumer.subscription), progress.endsAny { throw refusal }
            return try goOn(with: .settle(progress), of: command, for: connection)
        }
        if let answer = try longAnswer(to: command) {
            return try goOn(with: .answer(answer), of: command, for: connection)
        }
        if case .redrive(let request) = command {
            return try goOn(with: .redrive(RedriveCount(request)), of: command, for: connection)
        }
        if case .purge(let topic, let before) = command {
            let progress = PurgeProgress(topic: topic, before: before)
            return try goOn(with: .purge(progress), of: command, for: connection)
        }
        try perform(command, for: connection)
        return nil
    }

    /// Does as much of a command as the step has room for.
    private func goOn(
        with progress: CommandProgress, of command: Command, for connection: Connection
    ) throws -> Left? {
        switch progress {
        case .ids(let topics):
            if let unread = try unread(of: topics) { return Left(progress: .ids(unread)) }
            return try begin(command, for: connection)
        case .settle(let progress):
            return try settle(progress, for: connection).map { Left(progress: .settle($0)) }
        case .answer(let answer):
            return try goOn(with: answer, for: connection).map { Left(progress: .answer($0)) }
        case .redrive(let progress):
            return try redrive(progress, for: connection).map { Left(progress: .redrive($0)) }
        case .purge(let progress):
            return try purge(progress, for: connection).map { Left(progress: .purge($0)) }
        }
    }

    private func perform(_ command: Command, for connection: Connection) throws {
        switch command {
        case .subscribe(let fields): try subscribe(fields, for: connection)
        case .settle, .list, .peek, .redrive, .purge: preconditionFailure("it may take several steps")
        case .touch(let fields): try touch(fields, for: connection)
        case .window(let number, let window): try setWindow(number, window, for: connection)
        case .unsubscribe(let number): try unsubscribe(number, for: connection)
        case .createTopic(let name, let options): try createTopic(name, options, for: connection)
        case .createSubscription(let topic, let name, let from, let options):
            try createSubscription(topic, name, from, options, for: connection)
        case .deleteTopic(let name): try deleteTopic(name, for: connection)
        case .deleteSubscription(let topic, let name): try deleteSubscription(topic, name, for: connection)
        case .info(let subject): pending(of: connection).add(Lookup.info(subject, connection.access))
        case .begin(let id, let refusal): try begin(id, refusal, for: connection)
        case .commit: try commit(for: connection)
        case .abort: try abort(for: connection)
        case .outcome(let id): try outcome(id, for: connection)
        case .get(let space, let key): try get(space, key, for: connection)
        case .set(let fields): try set(fields, for: connection)
        case .unset(let space, let key, let expected): try unset(space, key, expected, for: connection)
        case .check: throw Refusal(.tx, "CHECK: no transaction is open")
        case .receipt(let fields): try receipt(fields, for: connection)
        case .ping: reply(.pong, to: connection)
        case .bye:
            try detachAll(of: connection, outcome: .unsubscribed)
            reply(.goodbye, to: connection)
        default: try administrate(command, for: connection)
        }
    }

    /// Gives back what a connection's consumers hold: it takes nothing more.
    private func detachAll(of connection: Connection, outcome: DetachOutcome) throws(StoreError) {
        if let transaction = takeTransaction(of: connection) { try abort(transaction) }
        let consumers = Array(connection.consumers.values) + Array(connection.kept.values)
        for consumer in consumers.sorted(by: { $0.number < $1.number }) { try detach(consumer, outcome: outcome) }
    }
}

extension Command {
    /// Whether it may write much more than came in with it.
    fileprivate var writesMuch: Bool {
        switch self {
        case .settle(let settle): settle.verb != .ack
        case .commit: true
        default: false
        }
    }

    /// Whether it changes nothing, so that damage can be told in its reply.
    fileprivate var isQuestion: Bool {
        switch self {
        case .get, .list, .peek, .outcome: true
        default: false
        }
    }
}
