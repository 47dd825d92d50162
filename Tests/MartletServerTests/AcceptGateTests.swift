// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletLock
import NIOCore
import NIOEmbedded
import Testing

@testable import MartletServer

/// Accepting when the system has nothing left.
struct AcceptGateTests {
    private let lines = RecordedLines()
    private let channel: EmbeddedChannel
    private let option = ReadingOption()

    init() throws {
        let loop = EmbeddedEventLoop()
        channel = EmbeddedChannel(loop: loop)
        try channel.pipeline.syncOperations.addHandlers(
            AcceptGate(NoticeLog(lines.logger, on: loop), setReading: option.set))
    }

    private final class ReadingOption {
        private(set) var values: [Bool] = []
        func set(_ isReading: Bool, _ channel: any Channel) { values.append(isReading) }
    }

    @Test(arguments: [EMFILE, ENFILE, ENOBUFS, ENOMEM])
    func `a shortage stops accepting for a second, and is told once`(code: CInt) {
        for round in 1...3 {
            channel.pipeline.fireErrorCaught(IOError(errnoCode: code, reason: "accept"))
            channel.pipeline.fireErrorCaught(IOError(errnoCode: code, reason: "accept"))
            #expect(option.values.count == 2 * round - 1)
            #expect(option.values.last == false)
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(999))
            #expect(option.values.last == false)
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
            #expect(option.values.last == true)
        }
        let said = lines.take()
        #expect(said.count == 1)
        #expect(said.first?.hasPrefix("error: no connections are accepted for now") == true)
        channel.pipeline.fireChannelRead(1)
        channel.pipeline.fireChannelRead(2)
        #expect(lines.take().map { $0.prefix(42) } == ["notice: connections are accepted again "])
    }

    @Test func `before the last descriptors are used nothing is accepted until there is room, and it is told once`()
        throws
    {
        let loop = EmbeddedEventLoop()
        let channel = EmbeddedChannel(loop: loop)
        let room = Lock(1)
        try channel.pipeline.syncOperations.addHandlers(
            AcceptGate(
                NoticeLog(lines.logger, on: loop), hasRoom: { room.withLock { $0 > 0 } }, setReading: option.set))
        channel.pipeline.fireChannelRead(1)
        #expect(option.values == [])
        room.withLock { $0 = 0 }
        channel.pipeline.fireChannelRead(2)
        channel.pipeline.fireChannelRead(3)
        loop.advanceTime(by: .seconds(10))
        #expect(option.values == [false])
        room.withLock { $0 = 1 }
        loop.advanceTime(by: .seconds(1))
        #expect(option.values == [false, true])
        #expect(lines.take().map { $0.prefix(46) } == ["error: no connections are accepted for now: th"])
        channel.pipeline.fireChannelRead(4)
        #expect(lines.take().map { $0.prefix(42) } == ["notice: connections are accepted again "])
    }

    @Test func `a limit leaves some descriptors alone`() {
        #expect(DescriptorLimit.room(in: 1_088) == (896, 128))
        #expect(DescriptorLimit.room(in: 10_192) == (10_000, 128))
        #expect(DescriptorLimit.room(in: 80) == (14, 2))
        #expect(DescriptorLimit.room(in: 64) == (14, 2))
    }

    @Test func `another error is none of its business`() throws {
        channel.pipeline.fireErrorCaught(IOError(errnoCode: ECONNABORTED, reason: "accept"))
        #expect(option.values == [])
        #expect(lines.take() == [])
        #expect(throws: IOError.self) { try channel.throwIfErrorCaught() }
    }

    @Test func `connections and a margin have to fit the limit`() {
        let margin = DescriptorLimit.others + DescriptorLimit.mostOfAdministration
        #expect(DescriptorLimit.fits(1_000, into: 1_000 + margin))
        #expect(!DescriptorLimit.fits(1_001, into: 1_000 + margin))
    }
}
