// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// The byte form of an operation. The kinds are fixed: a log may hold them for long.
extension StoreOperation {
    private enum Kind: UInt8 {
        case setIDKey = 1
        case putTopic = 2
        case removeTopic = 3
        case putSubscription = 4
        case removeSubscription = 5
        case append = 6
        case putChunk = 7
        case removeChunks = 8
        case putDeferred = 9
        case removeDeferred = 10
        case putEnding = 11
        case removeEndings = 12
        case removeLoss = 13
        case trim = 14
        case rememberIDs = 15
        case forgetIDs = 16
        case putRow = 17
        case removeRow = 18
        case removeEnding = 19
        case removePosition = 20
        case putExpiries = 21
        case removeExpiries = 22
        case removeScheduled = 23
        case markProcesses = 24
        case unmarkProcesses = 25
    }

    func write(to row: inout RowWriter) {
        func head(_ kind: Kind, _ numbers: UInt64...) {
            row.byte(kind.rawValue)
            for number in numbers { row.number(number) }
        }
        switch self {
        case .setIDKey(let key): head(.setIDKey, key)
        case .putTopic(let topic):
            head(.putTopic, topic.id)
            row.data(topic.encoded)
        case .removeTopic(let id): head(.removeTopic, id)
        case .putSubscription(let subscription):
            head(.putSubscription, subscription.id)
            row.data(subscription.encoded)
        case .removeSubscription(let id, let position): head(.removeSubscription, id, position)
        case .append(let segment):
            head(.append, segment.topic, segment.base, UInt64(segment.count), segment.total)
            row.data(segment.bytes)
        case .putChunk(let position, let chunk, let words):
            head(.putChunk, position, chunk)
            row.data(Chunk.encode(words))
        case .removeChunks(let position, let below): head(.removeChunks, position, below)
        case .putDeferred(let position, let deferred, let replacing):
            head(.putDeferred, position, deferred.offset, replacing == nil ? 0 : 1, replacing ?? 0)
            row.data(deferred.encoded)
        case .removeDeferred(let position, let offset, let due): head(.removeDeferred, position, offset, due)
        case .putEnding(let position, let ending):
            head(.putEnding, position, ending.last)
            row.data(ending.encoded)
        case .removeEndings(let position, let below): head(.removeEndings, position, below)
        case .removeLoss(let position, let last): head(.removeLoss, position, last)
        case .removeEnding(let position, let last): head(.removeEnding, position, last)
        case .removePosition(let position, let keeps): head(.removePosition, position, keeps ? 1 : 0)
        case .markProcesses(let topic, let marks):
            head(.markProcesses, topic)
            row.numbers(marks.flatMap { [$0.offset, $0.hash] })
        case .unmarkProcesses(let topic, let below): head(.unmarkProcesses, topic, below)
        case .removeScheduled(let topic, let below): head(.removeScheduled, topic, below)
        case .putExpiries(let topic, let expiries):
            head(.putExpiries, topic)
            row.numbers(expiries.flatMap { [$0.time, $0.offset] })
        case .removeExpiries(let topic, let expiries):
            head(.removeExpiries, topic)
            row.numbers(expiries.flatMap { [$0.time, $0.offset] })
        case .trim(let topic, let first): head(.trim, topic, first)
        case .rememberIDs(let topic, let ids):
            head(.rememberIDs, topic, UInt64(ids.count))
            var values: [UInt64] = []
            values.reserveCapacity(4 * ids.count)
            for id in ids {
                values.append(id.hash)
                values.append(id.offset)
                values.append(UInt64(id.sum))
                values.append(id.time)
            }
            row.plain(values)
        case .forgetIDs(let topic, let below): head(.forgetIDs, topic, below)
        case .putRow(let keyed, let replacing):
            head(.putRow, UInt64(keyed.table.rawValue), keyed.expiresAt ?? .max, replacing ?? .max)
            row.data(keyed.key)
            row.data(keyed.value)
        case .removeRow(let table, let key, let expiresAt):
            head(.removeRow, UInt64(table.rawValue), expiresAt ?? .max)
            row.data(key)
        }
    }

    init(_ row: inout RowReader) throws(StoreError) {
        guard let kind = Kind(rawValue: try row.byte()) else {
            throw StoreError(.damaged, "a batch has an unknown operation")
        }
        switch kind {
        case .setIDKey: self = .setIDKey(try row.number())
        case .putTopic: self = .putTopic(try StoredTopic(id: try row.number(), try row.data()))
        case .removeTopic: self = .removeTopic(id: try row.number())
        case .append: self = .append(try Self.segment(&row))
        case .trim: self = .trim(topic: try row.number(), first: try row.number())
        case .rememberIDs: self = .rememberIDs(topic: try row.number(), ids: try Self.ids(&row))
        case .forgetIDs: self = .forgetIDs(topic: try row.number(), below: try row.number())
        case .markProcesses:
            let topic = try row.number()
            self = .markProcesses(
                topic: topic, try Self.dues(&row).map { ProcessMark(offset: $0.time, hash: $0.offset) })
        case .unmarkProcesses: self = .unmarkProcesses(topic: try row.number(), below: try row.number())
        case .removeScheduled: self = .removeScheduled(topic: try row.number(), below: try row.number())
        case .putExpiries: self = .putExpiries(topic: try row.number(), try Self.dues(&row))
        case .removeExpiries: self = .removeExpiries(topic: try row.number(), try Self.dues(&row))
        case .putRow:
            let (table, expiresAt, replacing) = (try Self.table(&row), try Self.time(&row), try Self.time(&row))
            let keyed = KeyedRow(
                table: table, key: Array(try row.data()), value: Array(try row.data()), expiresAt: expiresAt)
            self = .putRow(keyed, replacing: replacing)
        case .removeRow:
            let (table, expiresAt) = (try Self.table(&row), try Self.time(&row))
            self = .removeRow(table, key: Array(try row.data()), expiresAt: expiresAt)
        default: self = try Self.ofSubscription(kind, &row)
        }
    }

    private static func ofSubscription(_ kind: Kind, _ row: inout RowReader) throws(StoreError) -> StoreOperation {
        let id = try row.number()
        switch kind {
        case .putSubscription: return .putSubscription(try StoredSubscription(id: id, try row.data()))
        case .removeSubscription: return .removeSubscription(id: id, position: try row.number())
        case .putChunk: return .putChunk(position: id, chunk: try row.number(), words: try Chunk.words(try row.data()))
        case .removeChunks: return .removeChunks(position: id, below: try row.number())
        case .putDeferred:
            let (offset, replaces, time) = (try row.number(), try row.number() != 0, try row.number())
            return .putDeferred(
                position: id, row: try Deferred(offset: offset, try row.data()), replacing: replaces ? time : nil)
        case .removeDeferred: return .removeDeferred(position: id, offset: try row.number(), due: try row.number())
        case .putEnding: return .putEnding(position: id, try Ending(last: try row.number(), try row.data()))
        case .removeEndings: return .removeEndings(position: id, below: try row.number())
        case .removeLoss: return .removeLoss(position: id, last: try row.number())
        case .removeEnding: return .removeEnding(position: id, last: try row.number())
        case .removePosition: return .removePosition(id, keepsSettled: try row.number() != 0)
        default: preconditionFailure("an operation of a topic")
        }
    }

    private static func dues(_ row: inout RowReader) throws(StoreError) -> [Due] {
        let numbers = try row.numbers()
        return stride(from: 0, to: numbers.count / 2 * 2, by: 2).map {
            Due(time: numbers[$0], offset: numbers[$0 + 1])
        }
    }

    /// A time that may be none.
    private static func time(_ row: inout RowReader) throws(StoreError) -> UInt64? {
        let time = try row.number()
        return time == .max ? nil : time
    }

    private static func table(_ row: inout RowReader) throws(StoreError) -> KeyedRow.Table {
        guard let table = KeyedRow.Table(rawValue: UInt8(clamping: try row.number())) else {
            throw StoreError(.damaged, "an operation names an unknown table")
        }
        return table
    }

    private static func ids(_ row: inout RowReader) throws(StoreError) -> [MessageID] {
        var ids: [MessageID] = []
        for _ in 0..<(try row.number()) {
            ids.append(
                MessageID(
                    hash: try row.number(), offset: try row.number(), sum: UInt32(truncatingIfNeeded: try row.number()),
                    time: try row.number()))
        }
        return ids
    }

    private static func segment(_ row: inout RowReader) throws(StoreError) -> Segment {
        let (topic, base) = (try row.number(), try row.number())
        let (count, total) = (try row.number(), try row.number())
        guard
            let segment = Segment(
                topic: topic, base: base, count: Int(clamping: count), total: total, packs: try row.data())
        else { throw StoreError(.damaged, "a batch holds packs that cannot be read") }
        return segment
    }
}
