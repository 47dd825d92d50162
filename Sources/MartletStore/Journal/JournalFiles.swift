// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a start finds of a journal.
struct JournalFiles {
    /// Segments with batches that the tree lacks, in the order of their lives, and the newest one.
    private(set) var used: [JournalSegment] = []
    /// All others.
    private(set) var free: [JournalSegment] = []
    /// The sum of the last record.
    private(set) var sum: UInt32 = 0
    /// The newest life.
    private(set) var life: UInt64 = 0
    /// The index of the next batch.
    private(set) var next: UInt64
    /// The segment before the newest one and the sum of its last record, when it has no end mark.
    private(set) var unended: (segment: JournalSegment, sum: UInt32)?
    /// The segment of the newest life.
    private var newest: JournalSegment?
    /// Whether a record begins behind the last one that is not whole: its write was cut short.
    private(set) var isCut = false

    private let identity: UInt64
    /// The newest life whose segment has an end mark: a newer one has to be there.
    private var ended: UInt64 = 0
    /// The highest index that an end mark names: that batch was durable.
    private var promised: UInt64 = 0

    /// Looks through the files of a folder.
    ///
    /// A record that is not whole ends the journal: it was being written and never confirmed. Where a whole one of the
    /// same use lies behind it, it was, and that is damage.
    ///
    /// - Parameter applied: the last batch that the tree has.
    /// - Throws: `damaged` when a batch is missing, `schema` when another version wrote it, `folder` when it is not
    ///   there or belongs to another data file.
    init(folder: String, identity: UInt64, applied: UInt64) throws(StoreError) {
        self.identity = identity
        next = applied + 1
        var headers: [(segment: JournalSegment, bytes: BlockBuffer, header: JournalHeader)] = []
        var unreadable: [(segment: JournalSegment, bytes: BlockBuffer)] = []
        for number in 0..<Journal.segments {
            let path = StoreFiles.journal(number, in: folder)
            guard Folder.exists(path) else { continue }
            let segment = try JournalSegment(path: path)
            let bytes = try segment.contents()
            if let header = try header(of: segment, bytes) {
                headers.append((segment, bytes, header))
            } else {
                unreadable.append((segment, bytes))
            }
        }
        headers.sort { $0.header.use.life < $1.header.use.life }
        guard let latest = headers.last else { throw Self.missing(folder, isThere: !unreadable.isEmpty) }
        for (segment, bytes, header) in headers { try take(segment, bytes, header, applied) }
        var last = (bytes: latest.bytes, segment: latest.segment)
        while let place = unreadable.firstIndex(where: { begins($0.bytes) }) {
            let (segment, bytes) = unreadable.remove(at: place)
            let header = JournalHeader(use: use(life + 1), first: next, previous: sum)
            try take(segment, bytes, header, applied)
            segment.missingHeader = header
            last = (bytes, segment)
        }
        guard ended < life, promised < next else { throw Self.lost(from: next) }
        try lookBehind(last.segment.tail, last.bytes, use(life))
        for (segment, bytes) in unreadable {
            try lookBehind(JournalHeader.space, bytes, use(life + 1))
            free.append(segment)
        }
    }

    private func use(_ life: UInt64) -> JournalUse { JournalUse(identity: identity, life: life) }

    /// Whether a segment without a header begins with the record that is to come: the write of both may have left that
    /// alone.
    private func begins(_ bytes: BlockBuffer) -> Bool {
        let bytes = UnsafeRawBufferPointer(bytes.bytes)
        guard let record = JournalRecord(bytes, at: JournalHeader.space, use(life + 1)) else { return false }
        return record.index == next && record.previous == sum
    }

    private func header(of segment: JournalSegment, _ bytes: BlockBuffer) throws(StoreError) -> JournalHeader? {
        guard let header = try Self.header(of: segment.path, bytes) else { return nil }
        guard header.use.identity == identity else { throw Self.foreign(segment.path) }
        return header
    }

    /// The header of a segment with those bytes; nil when it cannot be read.
    static func header(of path: String, _ bytes: BlockBuffer) throws(StoreError) -> JournalHeader? {
        switch JournalHeader.look(UnsafeRawBufferPointer(bytes.bytes)) {
        case .none: return nil
        case .version(let version):
            throw StoreError(
                .schema,
                "the journal '\(path)' has version \(version), and this martlet knows "
                    + "\(JournalHeader.version): use the martlet that wrote it, or a newer one")
        case .header(let header): return header
        }
    }

    /// A segment is not of this data file's journal.
    static func foreign(_ path: String) -> StoreError {
        StoreError(
            .folder,
            "the journal '\(path)' belongs to another data file: put the files of one folder back together, or "
                + "restore a backup")
    }

    /// Whether a folder has the journal of a data file, with batches in it.
    static func hasBatches(in folder: String) -> Bool {
        (0..<Journal.segments).contains { number in
            let path = StoreFiles.journal(number, in: folder)
            guard Folder.exists(path) else { return false }
            guard let segment = try? JournalSegment(path: path), let buffer = try? segment.contents() else {
                return true
            }
            let bytes = UnsafeRawBufferPointer(buffer.bytes)
            guard case .header(let header) = JournalHeader.look(bytes) else { return false }
            var walk = JournalWalk(bytes, header)
            return walk.next() != nil
        }
    }

    /// Takes the records of a segment that follow what is known.
    ///
    /// What is missing of the batches that the tree has is of no concern.
    private mutating func take(
        _ segment: JournalSegment, _ bytes: BlockBuffer, _ header: JournalHeader, _ applied: UInt64
    ) throws(StoreError) {
        guard header.first <= next else { throw Self.gap(next, header.first) }
        if ended < life, let newest { unended = (newest, sum) } else { unended = nil }
        var walk = JournalWalk(UnsafeRawBufferPointer(bytes.bytes), header)
        while let record = walk.next() {
            guard record.index <= next else { throw Self.gap(next, record.index) }
            if segment.last == 0 { segment.first = record.index }
            segment.last = record.index
            next = max(next, record.index + 1)
        }
        (segment.life, segment.tail, segment.lastPlace) = (header.use.life, walk.place, walk.lastPlace)
        (life, sum, newest) = (header.use.life, walk.sum, segment)
        if let follower = walk.follower { (ended, promised) = (life, max(promised, follower)) }
        if let idle = used.last, idle.last <= applied { free.append(used.removeLast()) }
        used.append(segment)
    }

    /// Refuses a whole record behind the place where the records end.
    private mutating func lookBehind(_ place: Int, _ bytes: BlockBuffer, _ use: JournalUse) throws(StoreError) {
        let bytes = UnsafeRawBufferPointer(bytes.bytes)
        for at in stride(from: place, to: bytes.count, by: BlockBuffer.block) {
            guard let record = JournalRecord(bytes, at: at, use), record.index >= next else { continue }
            throw Self.gap(next, record.index)
        }
        isCut = isCut || JournalRecord.isLike(bytes, at: place, index: next, behind: sum)
    }

    /// Batches are not there that were confirmed.
    static func gap(_ expected: UInt64, _ found: UInt64) -> StoreError {
        StoreError(
            .damaged,
            "the journal is damaged: batches \(expected) to \(max(expected, found - 1)), which may have been "
                + "confirmed, cannot be read, though later ones are there. Keep the folder, and start with a backup")
    }

    /// The newest segment, or its first batch, is not there, as the end mark of the one before says.
    static func lost(from index: UInt64) -> StoreError {
        StoreError(
            .damaged,
            "the journal is damaged: batches from \(index) on, which may have been confirmed, are missing or cannot "
                + "be read. Keep the folder, and start with a backup")
    }

    /// There is no segment that can be read.
    static func missing(_ folder: String, isThere: Bool) -> StoreError {
        guard isThere else {
            return StoreError(
                .folder,
                "the data file in '\(folder)' has lost its journal ('\(StoreFiles.journalName(0))'), which may hold "
                    + "what was confirmed last: put it back, or restore a backup")
        }
        return StoreError(
            .damaged,
            "the journal in '\(folder)' is damaged: none of its segments can be read. Keep the folder, and "
                + "start with a backup")
    }
}
