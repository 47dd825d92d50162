// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel
import MartletStore

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
    // SAFETY: no access outlasts the statement that begins it, and one thread at a time has the outbox.
    /// Replies in the order of the commands, pushes between them.
    @exclusivity(unchecked) package private(set) var items: [Item] = []
    /// The rare replies.
    package private(set) var replies: [Reply] = []
    /// Messages for the connection's consumers, after the replies.
    package private(set) var deliveries: [Delivery] = []
    /// About the bytes of these messages.
    package private(set) var deliveryBytes = 0
    /// Whether the core wants to hear when all this has been taken.
    package var wantsDrained = false
    /// Outcomes of messages that were handled before.
    package private(set) var receipts: [String] = []
    /// What persons said about messages that they gave back.
    package private(set) var notes: [String] = []
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
        add(Reply.none)
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

    @inline(__always)
    func add(_ delivery: Delivery) {
        deliveries.append(delivery)
        deliveryBytes += delivery.size
    }

    /// Lets deliveries be added in a place of their own; what is there is lent until it is taken back.
    @inline(__always)
    func lend(_ deliveries: inout [Delivery]) {
        swap(&deliveries, &self.deliveries)
    }

    /// Takes back what was lent, with deliveries of so many bytes added.
    @inline(__always)
    func takeBack(_ deliveries: consuming [Delivery], bytes: Int) {
        self.deliveries = deliveries
        deliveryBytes += bytes
    }

    /// Keeps an outcome for a delivery, which names it by the number given.
    func place(of receipt: String) -> Int32 {
        receipts.append(receipt)
        return Int32(receipts.count - 1)
    }

    /// Keeps a person's note for a delivery, which names it by the number given.
    func place(ofNote note: String) -> Int32 {
        notes.append(note)
        return Int32(notes.count - 1)
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
        Self.fields(of: delivery, in: bytes(ofSegment: delivery.segment))
    }

    /// The bytes of one of its segments, valid as long as the outbox lives.
    package func bytes(ofSegment place: Int32) -> UnsafeRawBufferPointer { segments[Int(place)].bytes }

    /// The fields of a delivery's message, given the bytes of its segment.
    package static func fields(of delivery: Delivery, in bytes: UnsafeRawBufferPointer) -> MessageFields? {
        StoredMessage.fields(
            of: UnsafeRawBufferPointer(rebasing: bytes[delivery.start..<(delivery.start + delivery.size)]))
    }
}

extension Segment {
    /// The fields of a record of this segment.
    func fields(start: Int, size: Int) -> MessageFields? {
        StoredMessage.fields(of: UnsafeRawBufferPointer(rebasing: bytes[start..<(start + size)]))
    }
}
