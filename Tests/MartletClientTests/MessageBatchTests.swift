// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import MartletClient

/// What a batch sends, byte for byte.
struct MessageBatchTests {
    private func text(_ batch: MessageBatch) -> String { String(buffer: batch.frame) }

    @Test func `without ids a batch is its commands`() throws {
        var batch = try MessageBatch("a.b", withIDs: false)
        #expect(batch.isEmpty && batch.byteCount == 0)
        try batch.append(Array("hello".utf8))
        try batch.append([])
        try batch.append(Array("x\ny".utf8).span.bytes)
        #expect(text(batch) == "PUB a.b 5\nhello\nPUB a.b 0\n\nPUB a.b 3\nx\ny\n")
        #expect(batch.count == 3 && !batch.hasIDs && batch.byteCount == text(batch).utf8.count)
    }

    @Test func `ids are made and counted`() throws {
        var batch = try MessageBatch("t")
        for _ in 0..<11 { try batch.append([0x78]) }
        let lines = text(batch).split(separator: "\n").filter { $0.hasPrefix("PUB") }
        let start = try #require(lines.first?.split(separator: ".").first)
        #expect(lines.map(String.init) == (1...11).map { "\(start).\($0)" })
        #expect(start.hasPrefix("PUB t 1 id=") && start.utf8.count == "PUB t 1 id=".utf8.count + 11)
        #expect(batch.hasIDs && batch.hasOnlyOwnIDs)
    }

    @Test func `a draft is written with all that belongs to it`() throws {
        var batch = try MessageBatch("t", withIDs: false)
        try batch.append(
            Draft(
                "other", body: Array("b".utf8), id: "i 1".replacing(" ", with: "%"), key: "k", process: "p", cause: "ö",
                headers: ["a": "b"]))
        #expect(text(batch) == "PUB t 1 id=i%251 key=k process=p cause=%C3%B6 hdr=5\na: b\nb\n")
        #expect(batch.hasIDs && !batch.hasOnlyOwnIDs)
        try batch.append(Draft("t", body: []))
        #expect(!batch.hasIDs)
    }

    @Test func `what cannot be written leaves the batch as it was`() throws {
        var batch = try MessageBatch("t")
        try batch.append([1])
        let before = text(batch)
        for draft in [
            Draft("t", body: [], id: ""), Draft("t", body: [], key: "a b"), Draft("t", body: [], cause: "a\nb"),
            Draft("t", body: [], process: String(repeating: "x", count: 201)),
            Draft("t", body: [], headers: ["a b": ""]),
            Draft("t", body: [], headers: ["a": "b\nc"]),
            Draft("t", body: [], headers: ["a": String(repeating: "x", count: 16_384)]),
        ] {
            #expect(throws: ClientError.self) { try batch.append(draft) }
        }
        #expect(text(batch) == before && batch.count == 1)
        try batch.append(Draft("t", body: [], id: String(repeating: "x", count: 200)))
        #expect(throws: ClientError.self) { try MessageBatch("no topic") }
    }

    @Test func `a body has a limit`() throws {
        var batch = try MessageBatch("t")
        try batch.append([UInt8](repeating: 0, count: 16 << 20))
        #expect(throws: ClientError.self) { try batch.append([UInt8](repeating: 0, count: 16 << 20 + 1)) }
        #expect(batch.count == 1)
    }

    private func ids(_ batch: MessageBatch) -> Set<Substring> {
        Set(text(batch).split(separator: "\n").compactMap { $0.split(separator: "id=").dropFirst().first })
    }

    @Test func `ids are not used twice, by a filled batch nor by a copy`() throws {
        var batch = try MessageBatch("t")
        let empty = batch
        try batch.append([1])
        let first = ids(batch)
        batch.removeAll()
        #expect(batch.isEmpty && batch.hasIDs)
        try batch.append([2])
        var copy = empty
        try copy.append([3])
        var another = copy
        try another.append([4])
        try copy.append([5])
        let all = first.union(ids(batch)).union(ids(copy)).union(ids(another))
        #expect(all.count == 5)
    }
}
