// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

/// What the broker says, in the words of the wire or short ones like them.
enum Wording {
    static func text(of item: Outbox.Item, in outbox: Outbox) -> [String] {
        switch item {
        case .published(let first, let count, let unseen):
            return (first..<(first + UInt64(count))).map { "OK \($0)" + (unseen ? " subs=0" : "") }
        case .duplicate(let offset): return ["DUP \(offset)"]
        case .queued(let count, _): return Array(repeating: "QUEUED", count: count)
        case .refused(let count, let index):
            return Array(repeating: text(of: outbox.replies[index]), count: count)
        case .settled(let count): return ["OK \(count)"]
        case .ok: return ["OK"]
        case .pong: return ["PONG"]
        case .reply(let index): return [text(of: outbox.replies[index])]
        }
    }

    static func text(of ranges: [ClosedRange<UInt64>]) -> String {
        ranges.map { $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }

    private static func text(of tags: [UInt64]) -> String { tags.map(String.init).joined(separator: ",") }

    static func text(of reply: Reply) -> String {
        switch reply {
        case .refused(let refusal) where refusal.code == .tx || refusal.code == .version:
            return "ERR \(refusal.code.rawValue) \(refusal.text.split(separator: " ").first ?? "")"
        case .refused(let refusal), .closing(let refusal): return "ERR \(refusal.code.rawValue)"
        case .welcome(let session): return "WELCOME \(session)"
        case .replaced: return "BYE replaced"
        case .resumed(let tags, _): return "OK resumed=\(text(of: tags))"
        case .committed(let count, let offsets, let duplicates):
            return "OK \(count)" + (offsets.isEmpty ? "" : " offsets=\(offsets)")
                + (duplicates.isEmpty ? "" : " dups=\(duplicates)")
        case .outcome(let word): return "OK \(word)"
        case .record(let version, _, _, let value): return "DATA \(version) \(String(decoding: value, as: UTF8.self))"
        case .none: return "NIL"
        case .records(let records):
            return "DATA "
                + records.elements.map { "\(String(decoding: $0.key, as: UTF8.self))@\($0.version)" }
                .joined(separator: ",")
        case .subscribed(let isNew, _): return isNew ? "OK created" : "OK"
        case .settled(let count, let lost): return "OK \(count) lost=\(text(of: lost))"
        case .touched(let count, let until, let lost):
            return "OK \(count) until=\(until)" + (lost.isEmpty ? "" : " lost=\(text(of: lost))")
        case .lost(let consumer, let tags, let reason): return "LOST \(consumer) \(text(of: tags)) \(reason)"
        case .gone(let consumer, let reason): return "GONE \(consumer) \(reason)"
        case .stopping: return "BYE"
        case .goodbye: return "OK"
        case .messages(let messages): return "DATA " + messages.elements.map { "\($0.offset)" }.joined(separator: ",")
        case .scheduled(let due): return "OK 0 due=\(due)"
        case .scheduledBefore(let due): return "DUP 0 due=\(due)"
        case .met(let offset): return "OK met=\(offset)"
        case .json, .broker, .topic, .subscription, .leases, .survey: return "DATA"
        }
    }
}
