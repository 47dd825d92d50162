// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A file of a store on its way through a trace: what is on the disk for certain, and what might be.
///
/// A write is durable once a flush that began behind its end has returned; or when it has returned itself, if its
/// descriptor says so. Until then any part of it may be on the disk, whatever became of others.
struct FileTimeline {
    struct Write {
        var begin: UInt64
        var end: UInt64
        var offset: Int
        var bytes: ArraySlice<UInt8>
        var isSynchronous = false
    }

    private struct Flush {
        var begin: UInt64
        var end: UInt64
    }

    /// Where the file is found.
    enum Place: Hashable {
        case nowhere
        /// In the folder in which new files are made.
        case draft
        case named
    }

    private let file: Trace.File
    /// What no power failure can take.
    private(set) var durable: [UInt8] = []
    /// Writes that no flush has covered, oldest first.
    private(set) var pending: [Write] = []
    private var coming: ArraySlice<Write>
    private var flushes: ArraySlice<Flush>
    /// When it was made, if the trace tells of that.
    private let made: UInt64
    /// Whether it was made as a draft, or had its name at once.
    private let isDraft: Bool
    /// When the file began to have its name, and when a flush of the folder had made that durable; nil is never.
    private let naming: (begun: UInt64?, durable: UInt64?)
    private var moment: UInt64 = 0

    /// Takes the calls on a file.
    ///
    /// - Throws: when there are some whose loss cannot be told.
    init(_ trace: Trace, _ file: Trace.File) throws {
        var writes: [Write] = []
        var flushes: [Flush] = []
        for entry in trace.entries where entry.concerns(file) {
            switch entry.kind {
            case .written:
                writes.append(
                    Write(
                        begin: entry.begin, end: entry.end, offset: entry.offset, bytes: entry.bytes,
                        isSynchronous: entry.detail == 1))
            case .flushed: flushes.append(Flush(begin: entry.begin, end: entry.end))
            // A file that is empty may be made so.
            case .truncated where entry.offset == 0 && writes.isEmpty: break
            case .truncated, .unforeseen:
                throw ProcessFailure(description: "\(file) is changed in a way that images do not know")
            default: break
            }
        }
        self.file = file
        (made, isDraft, naming) = Self.naming(trace, file)
        coming = writes[...]
        self.flushes = flushes.sorted { $0.end < $1.end }[...]
    }

    /// A file that was not made in the trace had its name before.
    private static func naming(
        _ trace: Trace, _ file: Trace.File
    ) -> (made: UInt64, isDraft: Bool, naming: (begun: UInt64?, durable: UInt64?)) {
        let entries = trace.entries.filter { $0.concerns(file) && [.opened, .renamed].contains($0.kind) }
        guard let opened = entries.first(where: { $0.kind == .opened }), opened.detail != 0 else {
            return (0, false, (0, 0))
        }
        let isDraft = opened.detail & Trace.Opening.asDraft != 0
        guard let named = isDraft ? entries.first(where: { $0.kind == .renamed }) : opened else {
            return (opened.begin, true, (nil, nil))
        }
        let flushes = trace.entries.filter { $0.concerns(.folder) && $0.kind == .flushed && $0.begin > named.end }
        return (opened.begin, isDraft, (named.begin, flushes.map(\.end).min()))
    }

    /// Where the file is when the power fails at this moment.
    func place(_ dice: inout Dice) -> Place {
        guard moment >= made else { return .nowhere }
        guard let begun = naming.begun, moment >= begun else { return .draft }
        if let durable = naming.durable, moment >= durable { return .named }
        return dice.one(in: 2) ? .named : isDraft ? .draft : .nowhere
    }

    /// Goes on to a moment, which must not lie before the last one.
    mutating func advance(to moment: UInt64) {
        self.moment = moment
        while let write = coming.first, write.begin <= moment {
            pending.append(write)
            coming.removeFirst()
        }
        var covered: UInt64 = 0
        while let flush = flushes.first, flush.end <= moment {
            covered = max(covered, flush.begin)
            flushes.removeFirst()
        }
        var left: [Write] = []
        for write in pending {
            if write.end < covered || write.isSynchronous && write.end <= moment {
                Self.put(write.bytes, at: write.offset, in: &durable)
            } else {
                left.append(write)
            }
        }
        pending = left
    }

    /// What is found in it when the power fails at this moment.
    func image(_ loss: Loss, _ dice: inout Dice) -> [UInt8] {
        var image = durable
        let last = pending.isEmpty ? 0 : Int.random(in: 0..<pending.count, using: &dice)
        let tear =
            pending.isEmpty ? 0 : pending[last].offset + Int.random(in: 0...pending[last].bytes.count, using: &dice)
        for (index, write) in pending.enumerated() {
            var start = 0
            while start < write.bytes.count {
                // Parts end where those of the disk do.
                let end = min(write.bytes.count, loss.end(of: write.offset + start) - write.offset)
                let isKept =
                    switch loss {
                    case .all: false
                    case .nothing: true
                    case .someWrites, .somePages, .someSectors: dice.one(in: 2)
                    case .meta: !isMeta(write)
                    case .allButMeta: isMeta(write)
                    case .newest: index < pending.count - 1
                    case .allButNewest: index == pending.count - 1
                    case .torn: index < last || index == last && write.offset + start < tear
                    }
                if isKept {
                    let part = write.bytes.dropFirst(start).prefix(end - start)
                    Self.put(part, at: write.offset + start, in: &image)
                }
                start = end
            }
        }
        // The file may have become longer without what was written there.
        let longest = pending.map { $0.offset + $0.bytes.count }.max() ?? 0
        if image.count < longest, dice.one(in: 2) { image += [UInt8](repeating: 0, count: longest - image.count) }
        return image
    }

    /// Whether a write is to one of LMDB's two meta pages, or to the header of a segment.
    private func isMeta(_ write: Write) -> Bool { write.offset < (file == .data ? 8_192 : 4_096) }

    private static func put(_ bytes: ArraySlice<UInt8>, at offset: Int, in file: inout [UInt8]) {
        let end = offset + bytes.count
        if file.count < end { file += [UInt8](repeating: 0, count: end - file.count) }
        file.withUnsafeMutableBytes { target in
            bytes.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: target[offset..<end]).copyMemory(from: $0)
            }
        }
    }
}
