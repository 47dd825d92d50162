// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a batch costs, by which it goes to the log or to the tree at once.
///
/// The log writes its bytes and flushes; the tree writes each page that it changes, and flushes for a commit that is
/// durable with the next one. What goes to the log reaches the tree later and is written twice, but with many others:
/// so that is cheaper unless the bytes are many and the pages few. The article `DataFile` has the measurements.
struct BatchCost {
    /// Bytes of a page.
    static let page = 4_096
    /// Bytes from which the tree is cheaper.
    private static let limit = 256 << 10
    /// The same behind a batch that went to the tree, which would have to be flushed before the log goes on.
    private static let limitBehindTree = 128 << 10
    /// Bytes of content for which the tree writes a page no worse than the log does.
    private static let bytesPerPage = 2_048

    /// Bytes of its operations, about.
    private(set) var bytes = 0
    /// Numbers that stand for the pages which it changes whatever its size.
    private(set) var places: [UInt64] = []

    /// Estimates the cost of a batch.
    init(_ batch: StoreBatch) {
        places.reserveCapacity(batch.operations.count)
        for operation in batch.operations {
            let (size, place) = Self.weight(operation)
            bytes += size
            places.append(place)
        }
    }

    /// Whether the log takes it for less.
    ///
    /// - Parameters:
    ///   - portion: what the tree would have to write besides.
    ///   - isBehindTree: whether the batch before went to the tree and is not durable yet.
    func isLessInLog(than portion: Portion, isBehindTree: Bool) -> Bool {
        if bytes < (isBehindTree ? Self.limitBehindTree : Self.limit) { return true }
        return bytes < (places.count + bytes / Self.page + portion.pages) * Self.bytesPerPage
    }

    /// Bytes of an operation, and a number that stands for the page where it begins.
    private static func weight(_ operation: StoreOperation) -> (bytes: Int, place: UInt64) {
        switch operation {
        case .append(let segment): (segment.bytes.count + 40, place(1, segment.topic))
        case .putChunk(let position, let chunk, _): (540, place(2, position, chunk / 7))
        case .putSubscription(let row): (320, place(3, row.id / 8))
        case .putTopic(let row): (160, place(4, row.id / 16))
        case .rememberIDs(let topic, let ids): (ids.count * 32, place(5, topic))
        case .markProcesses(let topic, let marks): (marks.count * 16, place(6, topic))
        case .putExpiries(let topic, let expiries), .removeExpiries(let topic, let expiries):
            (expiries.count * 16, place(7, topic))
        case .putDeferred(let position, let row, _): (400, place(8, position, row.offset / 8))
        case .putRow(let row, _): (row.key.count + row.value.count + 40, place(9, row.key))
        case .removeRow(_, let key, _): (key.count + 32, place(9, key))
        case .removeDeferred(let position, let offset, _): (64, place(8, position, offset / 8))
        case .putEnding(let position, let ending): (200, place(10, position, ending.last / 16))
        case .removeEnding(let position, let last), .removeLoss(let position, let last):
            (64, place(10, position, last / 16))
        case .removeChunks(let position, _): (64, place(2, position))
        case .setIDKey, .removeTopic, .trim, .forgetIDs, .unmarkProcesses, .removeScheduled, .removeSubscription,
            .removeEndings, .removePosition:
            (64, place(11, 0))
        }
    }

    private static func place(_ table: UInt64, _ owner: UInt64, _ number: UInt64 = 0) -> UInt64 {
        // Owners and numbers are counted up, so that they hardly ever meet when they are spread so.
        table << 58 ^ owner &* 0x9E37_79B9_7F4A_7C15 >> 6 ^ number
    }

    /// Keys of rows are anything: some bytes of them tell one from another well enough.
    private static func place(_ table: UInt64, _ key: [UInt8]) -> UInt64 {
        place(table, key.suffix(16).reduce(UInt64(key.count)) { $0 &* 31 &+ UInt64($1) })
    }
}
