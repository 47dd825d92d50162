// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import NIOCore
import Testing

@testable import MartletServer

/// Large frames that do not go on while others wait for their room.
struct LateFrameTests {
    private static let half = "PUB a 1048576\r\n" + String(repeating: "b", count: 1 << 19)
    private static let late = Refusal(
        .badDataEnd, "expected the rest of what was begun; too little came in 2s while others waited")

    private let memory = SharedMemory(settings { $0.maxReceivingBytes = 1 })

    private func connection(_ id: UInt64) -> TestConnection {
        TestConnection.greeted(heartbeat: 0, id: id, memory: memory)
    }

    private func look(times: Int) {
        for _ in 0..<times { memory.receiving.look() }
    }

    @Test func `one that does not go on is refused, and its room is another's`() {
        let (hostile, honest) = (connection(1), connection(2))
        hostile.receive(Self.half)
        look(times: 100)
        #expect(hostile.frameIsLate() == .fine, "nobody waits")
        honest.receive(Self.half)
        #expect(!honest.isRead())
        look(times: 7)
        #expect(hostile.frameIsLate() == .fine)
        look(times: 1)
        #expect(honest.frameIsLate() == .fine, "it waits")
        #expect(hostile.frameIsLate() == .refusal(Self.late))
        #expect(hostile.phase == .closing)
        #expect(hostile.closeReason == .unfinishedFrame)
        #expect(honest.granted().reads)
        honest.receive(String(repeating: "b", count: 1 << 19) + "\r\n")
        #expect(honest.publishes == 1)
        _ = hostile.gone()
        #expect(memory.receiving.used == 0)
    }

    @Test func `64 KiB are progress, and fewer are not`() {
        for (bytes, isLate) in [(64 << 10, false), ((64 << 10) - 1, true)] {
            let (slow, honest) = (connection(1), connection(2))
            slow.receive(Self.half)
            honest.receive(Self.half)
            look(times: 7)
            slow.receive(String(repeating: "b", count: bytes))
            look(times: 7)
            #expect((slow.frameIsLate() == .refusal(Self.late)) == isLate)
            _ = (slow.gone(), honest.gone())
        }
    }

    @Test func `a frame that has come to its end meanwhile is not late, and the next one has its own time`() {
        let (quick, other) = (connection(1), connection(2))
        quick.receive(Self.half)
        other.receive(Self.half)
        #expect(!other.isRead())
        look(times: 8)
        quick.receive(String(repeating: "b", count: 1 << 19) + "\r\n")
        #expect(quick.frameIsLate() == .fine)
        quick.answerAll()
        #expect(other.granted().reads)
        quick.receive(Self.half)
        #expect(!quick.isRead())
        look(times: 7)
        _ = other.gone()
        #expect(quick.granted().reads)
        #expect(quick.frameIsLate() == .fine)
    }

    @Test func `what is not read for the broker's sake is not late`() {
        let (first, second) = (connection(1), connection(2))
        first.receive("PUB a 1\r\nx\r\n" + Self.half)
        second.receive(Self.half)
        look(times: 8)
        #expect(first.frameIsLate() == .fine)
        first.answerAll()
        look(times: 7)
        #expect(first.frameIsLate() == .fine, "its time has begun anew")
        look(times: 1)
        #expect(first.frameIsLate() == .refusal(Self.late))
    }

    @Test func `who does not read its answers is late`() {
        let (first, second) = (connection(1), connection(2))
        first.receive(Self.half)
        first.writable(false)
        #expect(!first.isRead())
        second.receive(Self.half)
        look(times: 8)
        #expect(first.frameIsLate() == .refusal(Self.late))
    }
}
