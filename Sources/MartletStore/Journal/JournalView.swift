// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What can be seen of a folder's journal without taking it, also while a broker writes to it.
///
/// A broker uses a segment again once the tree has all of its batches for good. So a look alone tells little: but all
/// batches that were there when it began, and that a tree lacks which is read behind it, stood still meanwhile.
package struct JournalView {
    private let folder: String
    /// Whether any segment is there, readable or not.
    private var isThere = false
    /// Where each segment is, and to which data file it says that it belongs.
    private var identities: [(path: String, identity: UInt64)] = []
    /// No batch that was confirmed before this look began has a higher index, unless it went to the tree.
    package private(set) var last: UInt64 = 0
    /// The indices of the batches that were whole when this look began, wherever they lie.
    private var whole: [UInt64] = []
    /// The batches that can be read: ranges of their indices, in order.
    private var runs: [ClosedRange<UInt64>] = []
    /// The index of a batch at the end that is not whole.
    private var cut: UInt64?
    /// The newest life whose segment had an end mark when this look began, and the newest that there is.
    private var (ended, newest): (UInt64, UInt64) = (0, 0)

    /// Looks at the journal of a folder.
    ///
    /// - Throws: `schema` when another version wrote it, `failed` when it cannot be read.
    package init(folder: String) throws(StoreError) {
        self.folder = folder
        try search()
        var latest: UInt64 = 0
        var (ends, unreadable): ([UInt64: (JournalUse, UInt32)], [BlockBuffer]) = ([:], [])
        try Self.look(folder) { path, bytes, header in
            isThere = true
            guard let header else { return unreadable.append(bytes) }
            identities.append((path, header.use.identity))
            let end = read(UnsafeRawBufferPointer(bytes.bytes), header)
            ends[header.use.life] = (header.use, end.sum)
            if header.use.life >= latest { (latest, cut) = (header.use.life, end.torn) }
        }
        // A record whose header did not arrive with it counts, as at a start.
        if let end = ends[latest] {
            let (use, sum) = (JournalUse(identity: end.0.identity, life: latest + 1), end.1)
            for bytes in unreadable {
                let bytes = UnsafeRawBufferPointer(bytes.bytes)
                guard let first = JournalRecord(bytes, at: JournalHeader.space, use), first.previous == sum else {
                    continue
                }
                cut = read(bytes, JournalHeader(use: use, first: first.index, previous: sum)).torn
                latest = use.life
                break
            }
        }
        newest = max(newest, latest)
        runs.sort { $0.lowerBound < $1.lowerBound }
    }

    /// Goes through the segments, one after another.
    private static func look(
        _ folder: String, _ body: (String, BlockBuffer, JournalHeader?) -> Void
    ) throws(StoreError) {
        for number in 0..<Journal.segments {
            let path = StoreFiles.journal(number, in: folder)
            guard Folder.exists(path) else { continue }
            let bytes = try JournalSegment(path: path, isRead: true).contents()
            body(path, bytes, try JournalFiles.header(of: path, bytes))
        }
    }

    /// Finds what is whole, also behind what cannot be read.
    private mutating func search() throws(StoreError) {
        var latest: JournalUse?
        var unreadable: [BlockBuffer] = []
        try Self.look(folder) { _, bytes, header in
            guard let header else { return unreadable.append(bytes) }
            last = max(last, header.first - min(header.first, 1))
            search(bytes, header.use)
            if header.use.life >= latest?.life ?? 0 { latest = header.use }
        }
        guard var latest else { return }
        newest = latest.life
        // The header of the newest life may be damaged; those of others are missed by the next ones.
        latest.life += 1
        for bytes in unreadable { search(bytes, latest) }
    }

    private mutating func search(_ buffer: BlockBuffer, _ use: JournalUse) {
        let bytes = UnsafeRawBufferPointer(buffer.bytes)
        for place in stride(from: JournalHeader.space, to: bytes.count, by: BlockBuffer.block) {
            guard let record = JournalRecord(bytes, at: place, use) else { continue }
            last = max(last, record.index)
            if record.isEnd { ended = max(ended, use.life) } else { whole.append(record.index) }
        }
    }

    /// Takes the records of a segment up to the first that does not follow; gives the sum of the last one, and the
    /// index of one behind it that is not whole.
    private mutating func read(
        _ bytes: UnsafeRawBufferPointer, _ header: JournalHeader
    ) -> (sum: UInt32, torn: UInt64?) {
        var (walk, run) = (JournalWalk(bytes, header), ClosedRange<UInt64>?.none)
        while let record = walk.next() {
            if let before = run, record.index == before.upperBound + 1 {
                run = before.lowerBound...record.index
            } else {
                if let run { runs.append(run) }
                run = record.index...record.index
            }
        }
        if let run { runs.append(run) }
        guard let torn = JournalRecord(header: bytes, at: walk.place), !torn.isEnd, torn.previous == walk.sum,
            torn.index >= header.first, torn.index > run?.upperBound ?? 0
        else { return (walk.sum, nil) }
        return (walk.sum, torn.index)
    }

    /// What is wrong with it, as a start would find it; nil when nothing is.
    ///
    /// - Parameters:
    ///   - identity: what the data file says of its journal.
    ///   - applied: the last batch that the tree has, which was read behind this look.
    package func fault(of identity: UInt64, behind applied: UInt64) -> StoreError? {
        guard !identities.isEmpty else { return JournalFiles.missing(folder, isThere: isThere) }
        if let other = identities.first(where: { $0.identity != identity }) { return JournalFiles.foreign(other.path) }
        let next = next(behind: applied)
        guard ended < newest else { return JournalFiles.lost(from: next) }
        guard next <= last else { return nil }
        guard let later = whole.filter({ $0 > next }).min() else { return JournalFiles.lost(from: next) }
        return JournalFiles.gap(next, later)
    }

    /// What the tree lacks of it.
    package func lacking(behind applied: UInt64) -> Recovery {
        let next = next(behind: applied)
        return Recovery(batches: Int(next - 1 - applied), isCut: cut.map { $0 >= next } ?? false)
    }

    /// The first batch behind those that the tree has which cannot be read.
    private func next(behind applied: UInt64) -> UInt64 {
        var next = applied + 1
        for run in runs where run.upperBound >= next {
            guard run.lowerBound <= next else { break }
            next = run.upperBound + 1
        }
        return next
    }
}
