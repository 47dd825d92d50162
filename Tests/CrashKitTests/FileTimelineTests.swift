// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CrashKit

/// What a power failure can take, and what it cannot.
struct FileTimelineTests {
    private static let page = 4_096

    private func write(
        _ byte: UInt8, at offset: Int, _ span: ClosedRange<UInt64>, count: Int = page, isSynchronous: Bool = false
    ) -> Trace.Entry {
        Trace.Entry(
            kind: .written, object: 1, begin: span.lowerBound, end: span.upperBound, offset: offset, result: count,
            detail: isSynchronous ? 1 : 0, bytes: Array(repeating: byte, count: count)[...])
    }

    private func flush(_ span: ClosedRange<UInt64>, of file: Trace.File = .data) -> Trace.Entry {
        Trace.Entry(kind: .flushed, object: file.number, begin: span.lowerBound, end: span.upperBound)
    }

    private func timeline(_ entries: [Trace.Entry], at time: UInt64) throws -> FileTimeline {
        var timeline = try FileTimeline(Trace(entries), .data)
        timeline.advance(to: time)
        return timeline
    }

    /// The byte that each page of an image begins with, of a hundred images.
    private func images(_ timeline: FileTimeline, _ loss: Loss, page: Int = page) -> Set<[UInt8]> {
        var dice = Dice(seed: 1)
        return Set(
            (0..<100).map { _ in
                let image = timeline.image(loss, &dice)
                return stride(from: 0, to: image.count, by: page).map { image[$0] }
            })
    }

    @Test func `a write is durable once a flush that began behind it has returned`() throws {
        let entries = [write(1, at: 0, 1...2), flush(3...6)]
        #expect(try timeline(entries, at: 5).durable.isEmpty)
        #expect(try timeline(entries, at: 5).pending.count == 1)
        #expect(try timeline(entries, at: 6).durable.count == Self.page)
        #expect(try timeline(entries, at: 6).pending.isEmpty)
    }

    @Test func `a write that a flush overtakes is not durable`() throws {
        let during = [write(1, at: 0, 1...4), flush(3...6)]
        #expect(try timeline(during, at: 9).durable.isEmpty)
        let behind = [flush(3...6), write(1, at: 0, 4...5)]
        #expect(try timeline(behind, at: 9).durable.isEmpty)
    }

    @Test func `flushes of other files make nothing durable`() throws {
        #expect(try timeline([write(1, at: 0, 1...2), flush(3...4, of: .other)], at: 9).durable.isEmpty)
    }

    @Test func `a write that is durable by itself makes no other one durable`() throws {
        let entries = [write(1, at: 0, 1...2), write(2, at: Self.page, 3...4, isSynchronous: true)]
        let timeline = try timeline(entries, at: 4)
        #expect(timeline.durable.count == 2 * Self.page)
        #expect(timeline.durable.first == 0)
        #expect(timeline.pending.map(\.offset) == [0])
    }

    @Test func `a write that has not begun leaves nothing, and one that has begun may leave all`() throws {
        #expect(images(try timeline([write(1, at: 0, 5...6)], at: 4), .nothing) == [[]])
        #expect(images(try timeline([write(1, at: 0, 5...6)], at: 5), .nothing) == [[1]])
    }

    @Test func `each loss leaves what it says`() throws {
        let meta = write(9, at: 0, 1...2)
        let old = write(1, at: 2 * Self.page, 3...4)
        let new = write(2, at: 3 * Self.page, 5...6)
        let before = [write(7, at: 0, 0...0, count: 4 * Self.page)]
        var timeline = try FileTimeline(Trace(before + [flush(1...1), meta, old, new]), .data)
        timeline.advance(to: 9)
        #expect(images(timeline, .all) == [[7, 7, 7, 7]])
        #expect(images(timeline, .nothing) == [[9, 7, 1, 2]])
        #expect(images(timeline, .meta) == [[7, 7, 1, 2]])
        #expect(images(timeline, .allButMeta) == [[9, 7, 7, 7]])
        #expect(images(timeline, .newest) == [[9, 7, 1, 7]])
        #expect(images(timeline, .allButNewest) == [[7, 7, 7, 2]])
        #expect(images(timeline, .someWrites).count == 8)
        #expect(images(timeline, .torn).isSuperset(of: [[9, 7, 7, 7], [9, 7, 1, 7]]))
    }

    @Test func `pages and sectors of one write are lost by themselves, and never a part of a sector`() throws {
        let timeline = try timeline([write(1, at: 512, 1...2, count: 2 * Self.page)], at: 9)
        #expect(images(timeline, .someWrites).count <= 3)
        #expect(images(timeline, .somePages).count > 4)
        #expect(images(timeline, .someSectors, page: 512).count > 50)
        var dice = Dice(seed: 2)
        for loss in [Loss.someSectors, .torn] {
            let image = timeline.image(loss, &dice)
            for sector in stride(from: 0, to: image.count - 511, by: 512) {
                #expect(Set(image[sector..<(sector + 512)]).count == 1)
            }
        }
    }

    @Test func `a later write to the same place can be lost without the earlier one`() throws {
        let entries = [write(1, at: 0, 1...2), write(2, at: 0, 3...4)]
        #expect(images(try timeline(entries, at: 9), .someWrites) == [[], [0], [1], [2]])
        #expect(images(try timeline(entries, at: 9), .newest) == [[1]])
    }

    private func places(_ entries: [Trace.Entry], at time: UInt64) throws -> Set<FileTimeline.Place> {
        var dice = Dice(seed: 1)
        let timeline = try timeline(entries, at: time)
        return Set((0..<50).map { _ in timeline.place(&dice) })
    }

    @Test func `a draft has its name for certain once a flush of the folder that began behind it has returned`() throws
    {
        let opened = Trace.Entry(
            kind: .opened, object: 1, begin: 1, end: 2, detail: Trace.Opening.asDraft | Trace.Opening.asNew)
        let renamed = Trace.Entry(kind: .renamed, object: 1, begin: 3, end: 4)
        let entries = [opened, renamed, flush(5...6, of: .folder)]
        #expect(try places(entries, at: 0) == [.nowhere])
        #expect(try places(entries, at: 2) == [.draft])
        #expect(try places(entries, at: 3) == [.draft, .named])
        #expect(try places(entries, at: 5) == [.draft, .named])
        #expect(try places(entries, at: 6) == [.named])
        #expect(try places([opened, renamed, flush(4...6, of: .folder)], at: .max) == [.draft, .named])
        #expect(try places([opened], at: .max) == [.draft])
        #expect(try places([], at: 0) == [.named])
    }

    @Test func `a file that is made at its place is there for certain behind a flush of the folder`() throws {
        let made = Trace.Entry(kind: .opened, object: 1, begin: 1, end: 2, detail: Trace.Opening.asNew)
        let entries = [made, flush(3...4, of: .folder)]
        #expect(try places(entries, at: 0) == [.nowhere])
        #expect(try places(entries, at: 3) == [.nowhere, .named])
        #expect(try places(entries, at: 4) == [.named])
        #expect(try places([made, flush(3...4)], at: .max) == [.nowhere, .named])
        let known = Trace.Entry(kind: .opened, object: 1, begin: 1, end: 2)
        #expect(try places([known], at: 0) == [.named])
    }

    @Test(arguments: [Trace.Kind.truncated, .unforeseen])
    func `changes whose loss cannot be told are refused`(kind: Trace.Kind) {
        let entry = Trace.Entry(kind: kind, object: 1, begin: 3, end: 4)
        #expect(throws: ProcessFailure.self) { try FileTimeline(Trace([write(1, at: 0, 1...2), entry]), .data) }
        #expect(throws: Never.self) { try FileTimeline(Trace([write(1, at: 0, 1...2), entry]), .journal(0)) }
        let first = Trace.Entry(kind: .truncated, object: 1, begin: 0, end: 0)
        #expect(throws: Never.self) { try FileTimeline(Trace([first, write(1, at: 0, 1...2)]), .data) }
    }

    @Test func `each file of a store is lost by itself`() throws {
        var segment = write(2, at: 0, 3...4)
        segment.object = Trace.File.journal(2).number
        var timeline = try DiskTimeline(Trace([write(1, at: 0, 1...2), segment, flush(5...6, of: .journal(2))]))
        timeline.advance(to: 9)
        #expect(timeline.files.map(\.file) == [.data, .journal(2)])
        #expect(timeline.files.map { $0.timeline.durable.count } == [0, Self.page])
        #expect(timeline.files.map(\.file.name) == ["data.mdb", "journal.2"])
    }
}
