// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore
import Testing

/// A record's fields as arrays, so that they can be compared.
private struct Message: Equatable {
    var id: [UInt8] = []
    var key: [UInt8] = []
    var process: [UInt8] = []
    var cause: [UInt8] = []
    var headers: [UInt8] = []
    var body: [UInt8] = []

    /// Those of the first five fields whose bit is set, and a body or none.
    init(fields: Int, sizes: (named: Int, headers: Int), body: [UInt8]) {
        func bytes(_ bit: Int, _ count: Int) -> [UInt8] {
            fields & bit == 0 ? [] : (0..<count).map { UInt8(truncatingIfNeeded: $0 + bit) }
        }
        id = bytes(1, sizes.named)
        key = bytes(2, sizes.named)
        process = bytes(4, sizes.named)
        cause = bytes(8, sizes.named)
        headers = bytes(16, sizes.headers)
        self.body = body
    }

    init(_ fields: MessageFields) {
        id = Array(fields.id)
        key = Array(fields.key)
        process = Array(fields.process)
        cause = Array(fields.cause)
        headers = Array(fields.headers)
        body = Array(fields.body)
    }

    var encoded: [UInt8] {
        var slab = ByteSlab(capacity: 16)
        let parts = [id, key, process, cause, headers, body]
        let all = parts.flatMap { $0 }
        let size = all.withUnsafeBytes { bytes in
            var at = 0
            func take(_ part: [UInt8]) -> UnsafeRawBufferPointer {
                defer { at += part.count }
                return UnsafeRawBufferPointer(rebasing: bytes[at..<(at + part.count)])
            }
            var fields = MessageFields()
            fields.id = take(id)
            fields.key = take(key)
            fields.process = take(process)
            fields.cause = take(cause)
            fields.headers = take(headers)
            fields.body = take(body)
            return StoredMessage.append(fields, to: &slab)
        }
        #expect(size == slab.count)
        return Array(slab.bytes)
    }
}

private func decoded(_ bytes: [UInt8]) -> Message? {
    bytes.withUnsafeBytes { StoredMessage.fields(of: $0).map(Message.init) }
}

struct StoredMessageTests {
    @Test(arguments: 0..<32)
    func `every combination of fields is read as it was written`(_ fields: Int) {
        for sizes in [(named: 1, headers: 1), (named: 200, headers: 300)] {
            for body in [[], [0xFF], body(127), body(20_000)] as [[UInt8]] {
                let message = Message(fields: fields, sizes: sizes, body: body)
                #expect(decoded(message.encoded) == message)
            }
        }
    }

    @Test func `fields are read at their largest sizes`() {
        let message = Message(fields: 31, sizes: (named: 255, headers: 65_535), body: body(3))
        #expect(decoded(message.encoded) == message)
    }

    @Test func `a field past its largest size is a programming error`() async {
        await #expect(processExitsWith: .failure) {
            _ = Message(fields: 1, sizes: (named: 256, headers: 0), body: []).encoded
        }
        await #expect(processExitsWith: .failure) {
            _ = Message(fields: 16, sizes: (named: 0, headers: 65_536), body: []).encoded
        }
    }

    @Test func `an empty message takes two bytes`() {
        #expect(encode([[]]) == [1, 0])
    }

    @Test(arguments: [(126, 1), (127, 2), (16_382, 2), (16_383, 3), (2_097_150, 3), (2_097_151, 4)])
    func `the size is a varint that grows at 7 bits`(_ size: Int, width: Int) throws {
        let record = encode([body(size)])
        #expect(record.count == width + 1 + size)
        #expect(record.withUnsafeBytes { StoredMessage.size(at: $0) } == record.count)
        #expect(try #require(decoded(record)).body == body(size))
    }

    @Test func `the layout is size, flags, fields in their order, body`() {
        let message = Message(fields: 31, sizes: (named: 2, headers: 3), body: [9])
        #expect(
            message.encoded == [19, 31] + [2, 1, 2] + [2, 2, 3] + [2, 4, 5] + [2, 8, 9] + [3, 0, 16, 17, 18] + [9])
    }

    @Test func `a record that is cut off is none`() {
        let record = Message(fields: 31, sizes: (named: 3, headers: 5), body: body(200)).encoded
        for count in 0..<record.count {
            let cut = Array(record[..<count])
            #expect(cut.withUnsafeBytes { StoredMessage.size(at: $0) } == nil)
            #expect(decoded(cut) == nil)
        }
    }

    @Test(arguments: [
        [0], [0x80, 0x80, 0x80, 0x80, 0x80, 1], [1, 1], [3, 1, 200, 7], [2, 16, 5], [4, 16, 9, 0, 1],
    ])
    func `a record whose fields go past its end is none`(_ bytes: [UInt8]) {
        #expect(decoded(bytes) == nil)
    }

    @Test func `what follows a record is not part of it`() throws {
        let two = encode([body(5), body(300)])
        let size = try #require(two.withUnsafeBytes { StoredMessage.size(at: $0) })
        #expect(size == 7)
        #expect(try #require(decoded(two)).body == body(5))
        #expect(try #require(decoded(Array(two[size...]))).body == body(300))
    }
}
