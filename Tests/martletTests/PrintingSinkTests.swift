// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletModel
import Testing

@testable import MartletClient
@testable import martlet

/// When a printed message counts as handled.
struct PrintingSinkTests {
    /// A sink that prints into a pipe, and the pipe's other end.
    private static func make() -> (sink: PrintingSink, pipe: Pipe) {
        let pipe = Pipe()
        signal(SIGPIPE, SIG_IGN)
        let outlet = Outlet(pipe.fileHandleForWriting.fileDescriptor)
        return (PrintingSink(MessagePrinter(topic: "t", json: false), to: outlet), pipe)
    }

    private static func message(_ tag: Int, _ body: String, offset: Int? = nil) -> IncomingMessage {
        IncomingMessage(
            consumer: 1, tag: tag, offset: offset ?? tag, attempt: 1, time: 0, options: [:], headers: [],
            body: Array(body.utf8))
    }

    private static func acks(_ tags: UInt64...) -> [Settling] { tags.map { Settling(tag: $0, verb: .ack) } }

    @Test func `a message in a pipe is handled when its reader has taken all of it`() throws {
        let (sink, pipe) = Self.make()
        sink.take(Self.message(1, "one"))
        sink.take(Self.message(2, "two"))
        #expect(try sink.advance() == [])
        #expect(try pipe.fileHandleForReading.read(upToCount: 3) == Data("one".utf8))
        #expect(try sink.advance() == [])
        #expect(try pipe.fileHandleForReading.read(upToCount: 2) == Data("\nt".utf8))
        #expect(try sink.advance() == Self.acks(1))
        #expect(!sink.isEmpty)
        #expect(try pipe.fileHandleForReading.read(upToCount: 3) == Data("wo\n".utf8))
        #expect(try sink.advance() == Self.acks(2))
        #expect(sink.isEmpty && sink.pause == nil)
    }

    @Test func `a message that comes again while it waits for its reader is printed once`() throws {
        let (sink, pipe) = Self.make()
        sink.take(Self.message(1, "one"))
        #expect(try sink.advance() == [])
        #expect(sink.lose([1...1]) == 0)
        sink.take(Self.message(2, "one", offset: 1))
        #expect(try sink.advance() == [])
        #expect(try pipe.fileHandleForReading.read(upToCount: 4) == Data("one\n".utf8))
        #expect(try sink.advance() == Self.acks(2))
        // The reader has taken it, so when it comes again it is a delivery as any other.
        sink.take(Self.message(3, "one", offset: 1))
        #expect(try sink.advance() == [])
        #expect(try pipe.fileHandleForReading.read(upToCount: 4) == Data("one\n".utf8))
        #expect(try sink.advance() == Self.acks(3))
    }

    @Test func `what a reader leaves behind is not handled`() throws {
        let (sink, pipe) = Self.make()
        sink.take(Self.message(1, "one"))
        sink.take(Self.message(2, "two"))
        #expect(try sink.advance() == [])
        #expect(!sink.isGone)
        #expect(try pipe.fileHandleForReading.read(upToCount: 6) == Data("one\ntw".utf8))
        try pipe.fileHandleForReading.close()
        #expect(try sink.advance() == Self.acks(1))
        #expect(sink.isGone)
        #expect(try sink.advance() == [])
    }

    @Test func `the end of the reader is seen without a message`() throws {
        let (sink, pipe) = Self.make()
        #expect(try sink.advance() == [])
        #expect(sink.readable == [pipe.fileHandleForWriting.fileDescriptor])
        try pipe.fileHandleForReading.close()
        #expect(try sink.advance() == [])
        #expect(sink.isGone)
    }

    @Test func `a full pipe is waited for and not written to`() throws {
        let (sink, pipe) = Self.make()
        let body = String(repeating: "x", count: 300_000)
        sink.take(Self.message(1, body))
        #expect(try sink.advance() == [])
        #expect(sink.writable == [pipe.fileHandleForWriting.fileDescriptor])
        var count = 0
        while count < 300_001 {
            count += try pipe.fileHandleForReading.read(upToCount: min(10_000, 300_001 - count))?.count ?? 0
            guard count < 300_001 else { break }
            #expect(try sink.advance() == [])
        }
        #expect(try sink.advance() == Self.acks(1))
        #expect(sink.writable == [])
    }

    @Test func `a message in a file is handled when it is written`() throws {
        let handle = try #require(FileHandle(forWritingAtPath: "/dev/null"))
        let sink = PrintingSink(MessagePrinter(topic: "t", json: false), to: Outlet(handle.fileDescriptor))
        sink.take(Self.message(1, "one"))
        #expect(try sink.advance() == Self.acks(1))
        #expect(!sink.isGone && sink.readable == [] && sink.pause == nil)
    }
}
