// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// A message that is handed to a consumer; a plain value, its bytes lie in one of the outbox's segments.
package struct Delivery {
    /// The consumer's number.
    package var consumer: UInt64
    /// The tag of this delivery.
    package var tag: UInt64
    /// The message's offset.
    package var offset: UInt64
    /// When it was published, in Unix milliseconds.
    package var time: UInt64
    /// Deliveries so far, this one included.
    package var attempt: UInt32
    /// Which of the outbox's segments holds the record.
    package var segment: Int32
    /// Where the record begins.
    package var start: Int
    /// The size of the record.
    package var size: Int
    /// Which of the outbox's receipts tells its outcome, or -1.
    package var receipt: Int32 = -1
}

/// What the core has to say to one connection, in order: replies, then deliveries.
// SAFETY: filled by the broker's thread, then handed whole to the event loop that owns the connection.
package final class Outbox: @unchecked Sendable {
    /// A reply; all cases are plain values.
    package enum Item {
        /// Publishes that were accepted, from an offset on.
        case published(first: UInt64, count: Int, unseen: Bool)
        /// A publish whose id was accepted before, at that offset.
        case duplicate(UInt64)
        /// Commands that wait for their `COMMIT`.
        case queued(count: Int, arePublishes: Bool)
        /// Publishes that were all refused for one reason: its place in `replies`.
        case refused(count: Int, Int)
        /// Deliveries that were settled.
        case settled(UInt64)
        /// `OK`
        case ok
        /// `PONG`
        case pong
        /// Any other reply or push: its place in `replies`.
        case reply(Int)
    }

    /// What came of a settle command.
    struct Settled {
        /// Tags that are settled.
        var count: UInt64
        /// Tags that had no lease.
        var lost: [ClosedRange<UInt64>]
    }

    /// The connection.
    package let connection: ConnectionID
    /// Replies in the order of the commands, pushes between them.
    package private(set) var items: [Item] = []
    /// The rare replies.
    package private(set) var replies: [Reply] = []
    /// Messages for the connection's consumers, after the replies.
    package private(set) var deliveries: [Delivery] = []
    /// Whether the core wants to hear when all this has been taken.
    package var wantsDrained = false
    /// Outcomes of messages that were handled before.
    package private(set) var receipts: [String] = []
    private var segments: [Segment] = []
    private var lookups: [(place: Int, lookup: Lookup)] = []

    init(_ connection: ConnectionID) {
        self.connection = connection
    }

    var isEmpty: Bool { items.isEmpty && deliveries.isEmpty && !wantsDrained }

    func add(_ item: Item) {
        items.append(item)
    }

    func add(_ reply: Reply) {
        replies.append(reply)
        items.append(.reply(replies.count - 1))
    }

    /// Keeps the place of an answer that is looked up when the replies before it go out.
    func add(_ lookup: Lookup) {
        lookups.append((replies.count, lookup))
        add(Reply.created)
    }

    /// Looks up the answers whose places were kept.
    func resolve(_ answer: (Lookup) throws(StoreError) -> Reply) throws(StoreError) {
        for (place, lookup) in lookups { replies[place] = try answer(lookup) }
        lookups.removeAll()
    }

    func refuse(_ refusal: Refusal, count: Int) {
        replies.append(.refused(refusal))
        items.append(.refused(count: count, replies.count - 1))
    }

    func add(_ delivery: Delivery) {
        deliveries.append(delivery)
    }

    /// Keeps an outcome for a delivery, which names it by the number given.
    func place(of receipt: String) -> Int32 {
        receipts.append(receipt)
        return Int32(receipts.count - 1)
    }

    /// Keeps a segment alive for deliveries, which name it by the number given.
    func place(of segment: Segment) -> Int32 {
        if segments.last !== segment { segments.append(segment) }
        return Int32(segments.count - 1)
    }

    /// Puts what was said later behind what was said before.
    func append(_ later: Outbox) {
        let shift = replies.count
        for item in later.items {
            switch item {
            case .reply(let index): items.append(.reply(index + shift))
            case .refused(let count, let index): items.append(.refused(count: count, index + shift))
            default: items.append(item)
            }
        }
        lookups.append(contentsOf: later.lookups.map { ($0.place + shift, $0.lookup) })
        replies.append(contentsOf: later.replies)
        precondition(later.deliveries.isEmpty, "deliveries are never held back")
    }

    /// The fields of a delivery's message, valid as long as the outbox lives.
    package func fields(of delivery: Delivery) -> MessageFields? {
        segments[Int(delivery.segment)].fields(start: delivery.start, size: delivery.size)
    }
}

/// A question whose answer tells what is so when it goes out, so that a client sees what was confirmed to it.
enum Lookup {
    case info(InfoQuestion)
    case peek(topic: String, offset: UInt64, limit: Int)
    /// What a consumer held when it came back: leases may run out before that is told.
    case resumed(Consumer, tags: [UInt64])
}

extension Segment {
    /// The fields of a record of this segment.
    func fields(start: Int, size: Int) -> MessageFields? {
        Record.fields(of: UnsafeRawBufferPointer(rebasing: bytes[start..<(start + size)])).map(MessageFields.init)
    }
}

/// A reply or push that is not on the data path.
package enum Reply: Sendable {
    /// The command is not done.
    case refused(Refusal)
    /// `OK created`
    case created
    /// `OK resumed` with the tags that are still leased.
    case resumed(tags: [UInt64])
    /// The answer to a `HELLO` that asked for a session: the one that it got.
    case welcome(session: String)
    /// The session went to another connection, and this one is closed.
    case replaced
    /// `OK <n>` of a transaction, with the offsets of its publishes and the indexes of those that were repeats.
    case committed(count: Int, offsets: [UInt64], duplicates: [Int])
    /// `OK committed`, `OK aborted` or `OK unknown`
    case outcome(String)
    /// The answer to `GET`.
    case record(version: UInt64, time: UInt64, expires: UInt64?, value: [UInt8])
    /// `NIL`
    case none
    /// The answer to `LIST`.
    case records([RecordInfo])
    /// `OK <n>` with tags that had no lease.
    case settled(UInt64, lost: [ClosedRange<UInt64>])
    /// `OK <n> until=<ms>` with tags that had no lease.
    case touched(UInt64, until: UInt64, lost: [ClosedRange<UInt64>])
    /// `LOST`: leases that are gone.
    case lost(consumer: UInt64, tags: [UInt64], reason: String)
    /// `BYE reason=shutdown`
    case stopping
    /// The reply to `BYE`, after which the connection is closed.
    case goodbye
    /// A frame whose end is in doubt, after which the connection is closed.
    case closing(Refusal)
    /// The answer to `INFO`.
    case broker(BrokerInfo)
    /// The answer to `INFO topics`.
    case topics([TopicInfo])
    /// The answer to `INFO topic`.
    case topic(TopicInfo)
    /// The answer to `INFO subscription`.
    case subscription(SubscriptionInfo)
    /// The answer to `INFO consumers`.
    case consumers([ConsumerInfo])
    /// The answer to `PEEK`.
    case messages([PeekedMessage])
}

/// A message that was looked at.
package struct PeekedMessage: Sendable {
    /// Its offset.
    package var offset: UInt64
    /// When it was published, in Unix milliseconds.
    package var time: UInt64
    let segment: Segment
    let start: Int
    let size: Int

    /// Its fields, valid as long as this value lives.
    package var fields: MessageFields? { segment.fields(start: start, size: size) }
}
