// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

/// The answer to `PEEK`: durable messages from an offset on, about 1 MiB of them at most.
final class MessagesAnswer: LongAnswer {
    /// Bytes of messages that are looked at.
    private static let most = 1 << 20

    private let topic: Topic
    private let limit: Int
    private var next: UInt64
    /// Up to where the log went when it was asked for: what the asker had published by then, it sees.
    private let end: UInt64
    private var bytes = 0
    private var list = WrittenList<PeekedMessage>()

    init(_ topic: Topic, from offset: UInt64, limit: Int) {
        self.topic = topic
        self.limit = limit
        next = offset
        end = topic.row.next
    }

    func goOn(in broker: Broker, for connection: Connection) throws -> Reply? {
        guard !topic.isGone else { throw Refusal.unknownTopic(topic.name) }
        guard topic.visible >= end else { return nil }
        // What was dropped meanwhile is not looked for.
        next = max(next, topic.row.first)
        var cursor: SegmentCursor?
        while list.elements.count < limit, next < topic.visible, bytes < Self.most {
            guard broker.answerRoom > 0 else { return nil }
            broker.answerRoom -= Broker.lookBytes
            switch try broker.locate(next, in: topic, &cursor) {
            case .message(_, let message) where topic.taken?.lane.isSettled(message.offset) == true:
                next = message.offset + 1
            case .message(let segment, let message):
                let before = list.size
                list.append(
                    PeekedMessage(
                        offset: message.offset, time: message.time, segment: segment, start: message.start,
                        size: message.size))
                broker.answerRoom -= list.size - before
                bytes += message.size
                next = message.offset + 1
            case .gap(let until): next = until
            case .end: next = topic.visible
            }
        }
        list.end()
        return .messages(list)
    }
}
