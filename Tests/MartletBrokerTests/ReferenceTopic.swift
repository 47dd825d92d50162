// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import MartletStore

/// What a publish says.
struct Draft {
    var body: String
    var id = ""

    /// Bytes of the record that it becomes.
    var size: Int {
        var slab = ByteSlab(capacity: 64)
        let (body, id) = (Array(body.utf8), Array(id.utf8))
        return body.withUnsafeBytes { body in
            id.withUnsafeBytes { id in
                var fields = MessageFields()
                fields.body = body
                fields.id = id
                return StoredMessage.append(fields, to: &slab)
            }
        }
    }
}

/// A topic, as simply as it can be said: what was confirmed to publishers, and what may have gone since.
struct ReferenceTopic {
    /// A confirmed message.
    struct Message {
        var draft: Draft
        var time: UInt64
        var size: Int
    }

    /// What is remembered of an id.
    struct Known {
        var offset: UInt64
        var draft: Draft
        var time: UInt64
    }

    let settings: TopicSettings
    var subscriptions: [String: ReferenceSubscription] = [:]
    private var messages: [Message] = []
    /// What lies below has been dropped.
    private(set) var first: UInt64 = 1
    /// Bytes that the topic says it holds: a pack goes all at once.
    private(set) var bytes = 0
    private var ids: [String: Known] = [:]

    init(_ settings: TopicSettings) {
        self.settings = settings
    }

    var next: UInt64 { UInt64(messages.count) + 1 }

    func message(at offset: UInt64) -> Message? {
        offset > 0 && offset < next ? messages[Int(offset) - 1] : nil
    }

    /// The offset of the first message of that time or later.
    func offset(at time: UInt64) -> UInt64? {
        messages.firstIndex { $0.time >= time }.map { UInt64($0) + 1 }
    }

    /// Whether it can drop what a subscription has not settled; nothing in a test grows as old as the default.
    func drops(unsettledOfEphemeral isEphemeral: Bool) -> Bool {
        switch settings.retention {
        case .limits:
            (isEphemeral || settings.unsettled == .drop)
                && (settings.maxMessages + settings.maxBytes > 0 || settings.maxAge < UInt64(Defaults.maxAge))
        case .interest, .work: isEphemeral
        }
    }

    // MARK: - Publishing

    /// What a publish has to be answered by a topic that counts so many bytes.
    func answer(to draft: Draft, known: Known?, above bytes: Int, isFull: Bool) -> String {
        if let known {
            return known.draft.body == draft.body ? "DUP \(known.offset)" : "ERR id-conflict"
        }
        if isFull || !hasRoom(for: draft.size, above: bytes) { return "ERR full" }
        return "OK \(next)" + (subscriptions.isEmpty ? " subs=0" : "")
    }

    /// What is remembered of an id.
    func known(_ id: String, at now: UInt64) -> Known? {
        guard !id.isEmpty, let known = ids[id], known.time + settings.dedupWindow > now else { return nil }
        return known
    }

    private var durable: [ReferenceSubscription] { subscriptions.values.filter { !$0.settings.ephemeral } }

    /// Whether a message may be refused since those that are not settled use up the limits.
    var canBeFull: Bool {
        settings.maxMessages + settings.maxBytes > 0
            && (settings.retention != .limits || settings.unsettled == .keep)
    }

    /// Whether one message more can be kept: what is settled goes, and where nobody is to settle anything all does.
    private func hasRoom(for size: Int, above bytes: Int) -> Bool {
        guard canBeFull, settings.retention == .work || !durable.isEmpty else { return true }
        let unsettled = durable.map { $0.backlog(next: next) }.max() ?? next - first
        if settings.maxMessages > 0, unsettled >= settings.maxMessages { return false }
        return settings.maxBytes == 0 || bytes + size <= Int(settings.maxBytes)
    }

    /// A publish was confirmed.
    mutating func append(_ draft: Draft, at now: UInt64) {
        if !draft.id.isEmpty { ids[draft.id] = Known(offset: next, draft: draft, time: now) }
        let size = draft.size
        messages.append(Message(draft: draft, time: now, size: size))
        bytes += size
    }

    // MARK: - Dropping

    /// Takes what the topic says about itself, or says why that cannot be.
    mutating func audit(first: UInt64, next: UInt64, bytes: UInt64, at now: UInt64) -> String? {
        if next != self.next { return "goes on at \(next), not \(self.next)" }
        if first < self.first { return "has got back what lies behind \(first)" }
        if first > self.first, !mayDrop(below: first, at: now) { return "has dropped what lies below \(first)" }
        drop(below: first, isLoss: true)
        let kept = messages[Int(first - 1)...].reduce(0) { $0 + $1.size }
        if Int(bytes) < kept { return "counts \(bytes) bytes of \(kept)" }
        self.bytes = Int(bytes)
        return nil
    }

    /// Whether the retention allows that everything below an offset is dropped.
    private func mayDrop(below end: UInt64, at now: UInt64) -> Bool {
        guard let newest = message(at: end - 1) else { return false }
        switch settings.retention {
        case .limits:
            if settings.unsettled == .keep, !durable.allSatisfy({ $0.isDone(below: end) }) { return false }
            if settings.maxAge > 0, newest.time + settings.maxAge < now { return true }
            if settings.maxMessages > 0, next - end >= settings.maxMessages { return true }
            let left = messages[Int(end - 1)...].reduce(0) { $0 + $1.size }
            return settings.maxBytes > 0 && left >= Int(settings.maxBytes)
        case .interest: return durable.allSatisfy { $0.isDone(below: end) }
        case .work: return !durable.isEmpty && durable.allSatisfy { $0.isDone(below: end) }
        }
    }

    mutating func purge(before offset: UInt64?) {
        let end = min(offset ?? next, next)
        ids = ids.filter { $0.value.offset >= end }
        drop(below: end, isLoss: false)
    }

    private mutating func drop(below offset: UInt64, isLoss: Bool) {
        first = max(first, offset)
        for name in subscriptions.keys { subscriptions[name]?.drop(below: offset, isLoss: isLoss) }
    }

    /// What should be gone once there was time for that and everything was settled.
    func surplus(packBytes: Int, at now: UInt64) -> String? {
        let count = next - first
        switch settings.retention {
        case .limits:
            if settings.maxMessages > 0, count > settings.maxMessages { return "holds \(count) messages" }
            // A pack goes when all of it may.
            if settings.maxBytes > 0, bytes > Int(settings.maxBytes) + packBytes { return "holds \(bytes) bytes" }
            guard settings.maxAge > 0, let oldest = message(at: first) else { return nil }
            return oldest.time + settings.maxAge < now ? "holds a message of \(oldest.time)" : nil
        case .interest: return count > 0 ? "holds \(count) messages that all have settled" : nil
        case .work:
            let isServed = subscriptions.values.contains { !$0.settings.ephemeral }
            return count > 0 && isServed ? "holds \(count) messages that were settled" : nil
        }
    }
}
