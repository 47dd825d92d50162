// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The log of batches beside a data file: segments that are written one after another, and used again.
///
/// A batch is one write and one flush. The article `DataFile` describes the form.
package final class Journal: BatchLog {
    /// The most segments.
    static let segments = 8
    /// Those that are made ahead: what is in use between two commits of the tree, and the next one.
    private static let ahead = 3

    private let folder: String
    private let identity: UInt64
    /// Those whose batches the tree may lack, in the order of their lives; the last one is written to.
    private var used: [JournalSegment]
    private var free: [JournalSegment]
    /// The one before the last and the sum of its last record, while it has no end mark.
    private var unended: (segment: JournalSegment, sum: UInt32)?
    /// The sum of the last record.
    private var sum: UInt32
    private var life: UInt64
    package private(set) var next: UInt64
    private var writer = RowWriter()
    private let buffer = BlockBuffer()
    /// Whether the disk has no room to take ahead.
    private var isDiskFull = false

    /// Makes the journal of a new data file, whose first batch has that index; what was there of an earlier one goes.
    static func make(in folder: String, identity: UInt64, next: UInt64) throws(StoreError) {
        for number in 1..<segments { try Folder.remove(file: StoreFiles.journal(number, in: folder)) }
        let segment = try JournalSegment(path: StoreFiles.journal(0, in: folder))
        let header = JournalHeader(use: JournalUse(identity: identity, life: 1), first: next, previous: 0).bytes
        try segment.makeAnew(header)
        try segment.flush()
    }

    /// Takes what `JournalFiles` has found, and makes it durable: the process may have ended before it was.
    init(_ files: JournalFiles, folder: String, identity: UInt64) throws(StoreError) {
        self.folder = folder
        self.identity = identity
        used = files.used
        free = files.free
        (sum, life, next, unended) = (files.sum, files.life, files.next, files.unended)
        for segment in used {
            if let header = segment.missingHeader {
                header.bytes.withUnsafeBytes { buffer.put($0, at: 0) }
                try segment.write(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<JournalHeader.space]), at: 0)
                segment.missingHeader = nil
            }
            try segment.writeLastAgain()
            try segment.flush()
        }
        if let first = used.last?.first, first > 0 { try endSegment(before: first) }
    }

    /// The segment that takes so many bytes of a record; nil when there is no room.
    private func segment(for space: Int) throws(StoreError) -> JournalSegment? {
        if let segment = used.last, try segment.makeRoom(space) { return segment }
        guard JournalHeader.space + space + JournalRecord.endSpace <= JournalSegment.limit else { return nil }
        if free.isEmpty { try addSegment() }
        guard let segment = free.popLast() else { return nil }
        (segment.tail, segment.last, segment.life) = (0, 0, 0)
        guard try segment.makeRoom(space) else {
            free.append(segment)
            return nil
        }
        unended = used.last.map { ($0, sum) }
        used.append(segment)
        return segment
    }

    /// Writes the end mark of the segment before the last, which has a durable batch now.
    private func endSegment(before index: UInt64) throws(StoreError) {
        guard let (segment, sum) = unended else { return }
        let mark = JournalRecord(endBefore: index, behind: sum, use(of: segment))
        withUnsafeBytes(of: mark.header) { buffer.put($0, at: 0) }
        try segment.write(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<JournalRecord.endSpace]), at: segment.tail)
        try segment.flush()
        unended = nil
    }

    /// Makes a further segment, if there may be one more.
    ///
    /// One that cannot be opened is none, for want of descriptors perhaps: the tree takes what has no room. A folder
    /// that cannot be flushed is as bad as a file.
    private func addSegment() throws(StoreError) {
        let paths = (0..<Self.segments).map { StoreFiles.journal($0, in: folder) }
        let taken = (used + free).map(\.path)
        guard let path = paths.first(where: { !taken.contains($0) }) else { return }
        do throws(StoreError) {
            let segment = try JournalSegment(path: path)
            try Folder.sync(folder)
            free.append(segment)
        } catch {
            guard error.code == .folder else { throw error }
        }
    }

    package var isPrepared: Bool {
        // One that is hardly used needs no more.
        !(used + free).contains(where: \.hasGrown) || isDiskFull
            || used.count + free.count >= Self.ahead && (used + free).allSatisfy(\.isWhole)
    }

    package func prepare() throws(StoreError) {
        guard !isPrepared else { return }
        if (used + free).allSatisfy(\.isWhole) { try addSegment() }
        guard let growing = (used + free).first(where: { !$0.isWhole }) else {
            isDiskFull = true
            return
        }
        isDiskFull = try !growing.grow()
    }

    package func append(_ batch: StoreBatch) -> AppendOutcome {
        guard batch.index == next else { return .conflict(next: next) }
        writer.removeAll()
        writer.reserved(JournalRecord.headerSize)
        let checksum = batch.write(to: &writer)
        let size = writer.bytes.count - JournalRecord.headerSize
        do throws(StoreError) {
            if PlantedBug.current == .flushLate { try used.last?.flush() }
            guard let segment = try segment(for: JournalRecord.space(size)) else { return .noRoom }
            var start = 0
            buffer.reserve(JournalHeader.space + JournalRecord.space(size))
            if segment.tail == 0 {
                life += 1
                segment.life = life
                let header = JournalHeader(use: use(of: segment), first: next, previous: sum)
                header.bytes.withUnsafeBytes { buffer.put($0, at: 0) }
                start = JournalHeader.space
            }
            let record = JournalRecord(
                size: size, checksum: checksum, index: batch.index, behind: sum, use(of: segment))
            withUnsafeBytes(of: record.header) { writer.overwrite(at: 0, $0) }
            writer.bytes.withUnsafeBytes { buffer.put($0, at: start) }
            let end = start + JournalRecord.space(size)
            try segment.write(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<end]), at: segment.tail)
            segment.tail += end
            if PlantedBug.current != .flushLate, PlantedBug.current != .flushNever { try segment.flush() }
            try endSegment(before: batch.index)
            segment.last = batch.index
            sum = record.sum
        } catch {
            return .unknown(error)
        }
        next = batch.index + 1
        return .committed
    }

    private func use(of segment: JournalSegment) -> JournalUse {
        JournalUse(identity: identity, life: segment.life)
    }

    package func read(from index: UInt64, _ body: (StoreBatch) throws -> Void) throws {
        var expected = index
        for segment in used where segment.last >= index {
            let contents = try segment.contents()
            let bytes = UnsafeRawBufferPointer(contents.bytes)
            var place = JournalHeader.space
            while place < segment.tail {
                guard let record = JournalRecord(bytes, at: place, use(of: segment)) else {
                    throw StoreError(.damaged, "the journal '\(segment.path)' is not what was written")
                }
                let start = place + JournalRecord.headerSize
                place += JournalRecord.space(record.size)
                guard record.index >= index else { continue }
                guard record.index == expected else { throw JournalFiles.gap(expected, record.index) }
                try body(try StoreBatch(UnsafeRawBufferPointer(rebasing: bytes[start..<(start + record.size)])))
                expected += 1
            }
            withExtendedLifetime(contents) {}
        }
        guard expected == next || index >= next else { throw JournalFiles.gap(expected, next) }
    }

    package func trim(below index: UInt64) {
        while used.count > 1, let oldest = used.first, oldest.last < index {
            free.append(used.removeFirst())
        }
        next = max(next, index)
    }
}
