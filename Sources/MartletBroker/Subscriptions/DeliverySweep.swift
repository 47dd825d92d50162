// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// The messages that a consumer gets in one sweep, none of which was handed out before.
struct DeliverySweep: ~Copyable {
    /// Where they go.
    let outbox: Outbox
    private let consumer: Consumer
    private let limit: Int
    private let room: Int
    private let deadline: UInt64
    private let now: Moment
    private var leases = LeaseTable()
    private var deliveries: [Delivery] = []
    /// How long they waited, as often as each time came in a row.
    private var waits: [(time: UInt64, count: UInt64)] = []
    private var tag: UInt64
    private var bytes = 0
    private let number: UInt64
    /// How many there are.
    private(set) var count = 0

    /// Begins with none; until it ends, the consumer's leases and the outbox's deliveries are here.
    @inline(__always)
    init(to consumer: Consumer, _ outbox: Outbox, limit: Int, room: Int, deadline: UInt64, at now: Moment) {
        self.consumer = consumer
        self.outbox = outbox
        self.limit = limit
        self.room = room
        self.deadline = deadline
        self.now = now
        tag = consumer.nextTag
        number = consumer.number
        swap(&leases, &consumer.leases)
        outbox.lend(&deliveries)
    }

    /// Whether there may be one more.
    @inline(__always)
    var hasRoom: Bool { count < limit && (count == 0 || bytes <= room) }

    /// Adds a message of the segment at a place of the outbox.
    @inline(__always)
    mutating func add(_ message: SegmentCursor.Message, in place: Int32) {
        leases.insert(
            Lease(
                tag: tag, offset: message.offset, deadline: deadline, delivered: now.steady,
                firstDelivered: now.wall, deliveries: 1, failures: 0, hasRow: false))
        deliveries.append(
            Delivery(
                consumer: number, tag: tag, offset: message.offset, time: message.time, attempt: 1,
                segment: place, start: message.start, size: message.size))
        let wait = now.wall - min(message.time, now.wall)
        if let last = waits.indices.last, waits[last].time == wait {
            waits[last].count += 1
        } else {
            waits.append((wait, 1))
        }
        tag += 1
        count += 1
        bytes += message.size + 64
    }

    /// Gives the leases to the consumer, and says whose they are, how many messages and about how many bytes.
    @inline(__always)
    consuming func end(counting histogram: inout Histogram) -> (consumer: Consumer, count: Int, bytes: Int) {
        for wait in waits { histogram.add(wait.time, count: wait.count) }
        outbox.takeBack(deliveries, bytes: bytes - 64 * count)
        consumer.leases = leases
        consumer.nextTag = tag
        return (consumer, count, bytes)
    }
}
