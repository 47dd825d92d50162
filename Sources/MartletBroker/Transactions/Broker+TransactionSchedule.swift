// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Scheduled messages and expectations within transactions.
extension Broker {
    /// Why one of these commands cannot be done, given what those before it do.
    func validate(
        _ operation: Transaction.Operation, _ pending: inout PendingEffects
    ) throws(StoreError) -> Refusal? {
        switch operation {
        case .timed(let request): return try validate(request, &pending)
        case .cancel(let topic, let id):
            if let refusal = try validate(resting: id, on: topic, &pending) { return refusal }
            // Its id is free.
            pending.ids[topic]?[hash(of: id)] = nil
            pending.noteGone(Self.place(of: id, on: topic))
            return nil
        case .reschedule(let topic, let id, let schedule):
            if isFull { return full() }
            if let refusal = refusal(of: schedule) { return refusal }
            if let refusal = try validate(resting: id, on: topic, &pending) { return refusal }
            return try validate(moving: id, on: topic, to: schedule, &pending)
        case .expect(let request):
            let isBrokers = request.topic.hasPrefix("$dead.") || request.topic.hasPrefix("$sys.")
            return isBrokers ? isFull ? full() : nil : validate(topic: request.topic)
        default: return nil
        }
    }

    private func validate(topic name: String) -> Refusal? {
        guard topics[name] == nil else { return nil }
        if isFull { return full() }
        return configuration.autoCreateTopics && !name.hasPrefix("$") ? nil : .unknownTopic(name)
    }

    /// Why a scheduled message that is to become visible now cannot; it rests no more behind that.
    private func validate(
        moving id: [UInt8], on name: String, to schedule: Schedule, _ pending: inout PendingEffects
    ) throws(StoreError) -> Refusal? {
        guard !rests(schedule) else { return nil }
        let place = Self.place(of: id, on: name)
        defer { pending.noteGone(place) }
        guard !pending.scheduled.contains(place), let topic = topics[name], let message = try scheduled(id, in: topic)
        else { return nil }
        if topic.row.settings.dedupWindow > 0 {
            let sum = message.record.withUnsafeBytes { StoredMessage.fields(of: $0).flatMap(identify)?.sum }
            pending.ids[name, default: [:]][hash(of: id)] = sum
        }
        return try refusal(in: topic, for: 1, bytes: message.record.count)
    }

    private func hash(of id: [UInt8]) -> UInt64 { id.withUnsafeBytes { IDHash.hash($0, idKey: idKey) } }

    /// Whether a message of that time is not visible at once.
    private func rests(_ schedule: Schedule?) -> Bool {
        switch schedule {
        case nil: false
        case .delay(let delay): delay > 0
        case .at(let time): time > now.wall
        }
    }

    private func refusal(of schedule: Schedule?) -> Refusal? {
        guard case .at(let time) = schedule, time > now.wall + UInt64(Limits.schedule) else { return nil }
        return Self.tooFar
    }

    private func validate(_ request: TimedPublish, _ pending: inout PendingEffects) throws(StoreError) -> Refusal? {
        if let refusal = validate(topic: request.topic) ?? refusal(of: request.schedule) { return refusal }
        var slab = ByteSlab(capacity: request.body.count + request.headers.count + 1_024)
        request.withFields { fields in _ = StoredMessage.append(fields, to: &slab) }
        if !request.id.isEmpty {
            // Whatever the topic remembers: two that rest have two ids.
            let id = request.withFields { fields in identify(fields) }
            if let id, let sum = pending.ids[request.topic]?[id.hash] {
                return sum == id.sum
                    ? nil : Refusal(.idConflict, "id: it was used with another body in this transaction")
            }
            if let refusal = try validate(request.topic, slab.bytes, &pending) { return refusal }
            if let id { pending.ids[request.topic, default: [:]][id.hash] = id.sum }
            if rests(request.schedule) { pending.scheduled.insert(Self.place(of: request.id, on: request.topic)) }
            return nil
        }
        return try validate(request.topic, slab.bytes, &pending)
    }

    /// Why a message is no repeat of one that rests under its id; nil when it is.
    func refusal(of id: MessageID, asRepeatOf resting: ScheduledMessage) -> Refusal? {
        do throws(Refusal) {
            try check(id, isRepeatOf: resting)
            return nil
        } catch {
            return error
        }
    }

    private func validate(
        resting id: [UInt8], on name: String, _ pending: inout PendingEffects
    ) throws(StoreError) -> Refusal? {
        let place = Self.place(of: id, on: name)
        if pending.scheduled.contains(place) { return nil }
        guard let topic = topics[name] else { return .unknownTopic(name) }
        guard try scheduled(id, in: topic) != nil, !pending.gone.contains(place) else { return Self.notScheduled }
        return nil
    }

    /// What names an id of a topic within a transaction.
    static func place(of id: [UInt8], on name: String) -> [UInt8] { Array(name.utf8) + [0] + id }

    /// Publishes or schedules a message that was checked; its offset is 0 when it is not visible yet.
    func publishTimed(_ request: TimedPublish) throws(StoreError) -> (offset: UInt64, isNew: Bool) {
        let topic = checkedTopic(request.topic)
        switch try checked({ try take(request, in: topic, isChecked: true) }) {
        case .visible(let offset, let unseen):
            if unseen { announceUnseen(topic, first: offset) }
            return (offset, true)
        case .scheduled: return (0, true)
        case .repeated(let offset): return (offset, false)
        case .scheduledBefore: return (0, false)
        }
    }

    /// Does what was checked.
    func performScheduled(_ operation: Transaction.Operation) throws(StoreError) {
        switch operation {
        case .cancel(let name, let id):
            guard let topic = topics[name], let message = try scheduled(id, in: topic) else { return }
            try remove(message)
        case .reschedule(let name, let id, let schedule):
            guard let topic = topics[name] else { return }
            if case .visible(let offset, true) = try checked({ try move(id, in: topic, to: schedule, isChecked: true) })
            {
                announceUnseen(topic, first: offset)
            }
        case .expect(let request):
            let topic = checkedTopic(request.topic)
            if try metBefore(request, in: topic) == nil { try expect(request, in: topic) }
        case .unexpect(let process, let topic, let id): _ = try unexpect(process, topic, id)
        default: preconditionFailure("an operation is done elsewhere")
        }
    }

    /// A topic that may be made, as was checked.
    func checkedTopic(_ name: String) -> Topic {
        topics[name] ?? makeTopic(name, configuration.settings(forTopic: name))
    }

    /// Does what cannot be refused any more, since it was checked.
    private func checked<Result>(_ body: () throws -> Result) throws(StoreError) -> Result {
        do {
            return try body()
        } catch let error as StoreError {
            throw error
        } catch {
            preconditionFailure("a command was checked and is refused all the same: \(error)")
        }
    }
}
