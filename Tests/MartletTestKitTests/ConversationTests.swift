// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletTestKit

@Suite("A conversation through a link") struct ConversationTests {
    private func frame(_ text: String, _ side: FrameSide) throws -> LinkFrame {
        var cutter = FrameCutter(side)
        if side == .client {
            cutter.append("HELLO 1\n".utf8)
            _ = try cutter.next()
        }
        cutter.append(text.utf8)
        return try #require(try cutter.next())
    }

    /// Says frames, `>` for the client and `<` for the broker, and gives what came of them in the same writing.
    private func play(_ texts: [String], _ plan: inout FaultPlan, ordinal: Int = 1) throws -> [String] {
        var conversation = Conversation(ordinal: ordinal)
        var results: [String] = []
        for text in texts {
            let side = text.first == ">" ? FrameSide.client : .broker
            for action in conversation.take(try frame(String(text.dropFirst()), side), from: side, &plan) {
                switch action {
                case .toBroker(let bytes): results.append(">" + String(decoding: bytes, as: UTF8.self))
                case .toClient(let bytes): results.append("<" + String(decoding: bytes, as: UTF8.self))
                default: results.append("\(action)")
                }
            }
        }
        return results
    }

    private func rule(_ fault: FaultPlan.Fault, _ side: FrameSide, skipping: Int = 0, times: Int = 1) -> FaultPlan.Rule
    {
        FaultPlan.Rule(fault: fault, side: side, skipping: skipping, times: times) { _ in true }
    }

    @Test func `inside a transaction publishes are not repeated, and the account of replies is kept`() throws {
        var plan = FaultPlan()
        plan.rules = [rule(.twice, .client, times: 2)]
        let said = [
            ">BEGIN\n", ">PUB a 1\nx\n", ">COMMIT\n", ">PUB a 1\ny\n", ">BEGIN\n", ">PUB a 1\nz\n", ">ABORT\n",
            ">PUB a 1\nv\n", ">PUB a 1\nw\n", ">PING\n",
            "<OK\n", "<QUEUED\n", "<OK 1 offsets=1\n", "<OK 2\n", "<OK 3\n", "<OK\n", "<QUEUED\n", "<OK\n", "<OK 4\n",
            "<DUP 4\n", "<OK 5\n", "<PONG\n",
        ]
        let results = try play(said, &plan)
        #expect(
            results.filter { $0.hasPrefix(">") } == [
                ">BEGIN\n", ">PUB a 1\nx\n", ">COMMIT\n", ">PUB a 1\ny\n", ">PUB a 1\ny\n", ">BEGIN\n", ">PUB a 1\nz\n",
                ">ABORT\n", ">PUB a 1\nv\n", ">PUB a 1\nv\n", ">PUB a 1\nw\n", ">PING\n",
            ])
        #expect(
            results.filter { $0.hasPrefix("<") } == [
                "<OK\n", "<QUEUED\n", "<OK 1 offsets=1\n", "<OK 2\n", "<OK\n", "<QUEUED\n", "<OK\n", "<OK 4\n",
                "<OK 5\n",
                "<PONG\n",
            ])
        #expect(plan.counts.repeatedPublishes == 2)
    }

    @Test func `pushes and the client's PONG are no part of the account`() throws {
        var plan = FaultPlan()
        plan.rules = [rule(.loseReply, .client, skipping: 1)]
        let said = [
            ">ACK 1 1\n", ">PONG\n", ">COMMIT\n", "<PING\n", "<MSG 1 1 1 1 1\nx\n", "<OK 1\n", "<LOST 1 1 x\n",
            "<OK 2\n",
        ]
        let results = try play(said, &plan)
        #expect(
            results == [
                ">ACK 1 1\n", ">PONG\n", ">COMMIT\n", "<PING\n", "<MSG 1 1 1 1 1\nx\n", "<OK 1\n", "<LOST 1 1 x\n",
                "drop",
            ])
        #expect(plan.counts.lostReplies == 1)
    }

    @Test func `nothing is said on a connection that was dropped`() throws {
        var plan = FaultPlan()
        plan.rules = [rule(.dropBefore, .client, skipping: 1)]
        #expect(try play([">PING\n", ">PING\n", ">PING\n", "<PONG\n"], &plan) == [">PING\n", "drop"])
        #expect(plan.counts.clientFrames == 2)
    }

    @Test func `a drop after a held frame passes it on`() throws {
        var plan = FaultPlan()
        plan.held = [.fromClient]
        plan.rules = [rule(.dropAfter, .client, skipping: 1)]
        #expect(try play([">PUB a 1\nx\n", ">PING\n"], &plan) == [">PUB a 1\nx\n", ">PING\n", "drop"])
        #expect(plan.counts.waitingFrames == 0)
    }

    @Test func `replies to settles pass collected messages, other words do not`() throws {
        let first = "<MSG 1 1 1 1 1\nx\n"
        var plan = FaultPlan()
        plan.rules = [rule(.swap, .broker)]
        #expect(try play([">ACK 1 9\n", first, "<OK 1\n"], &plan) == [">ACK 1 9\n", "<OK 1\n"])
        for word in ["PONG", "LOST 1 1 timeout", "BYE reason=shutdown", "OK"] {
            var plan = FaultPlan()
            plan.rules = [rule(.swap, .broker)]
            #expect(try play([">UNSUB 1\n", first, "<\(word)\n"], &plan).dropFirst() == [first, "<\(word)\n"])
        }
    }

    @Test func `only messages of the same consumer change places`() throws {
        var plan = FaultPlan()
        plan.rules = [rule(.swap, .broker)]
        let (a, b, c) = ("<MSG 1 1 1 1 1\na\n", "<MSG 2 1 1 1 1\nb\n", "<MSG 1 2 2 1 1\nc\n")
        #expect(try play([a, b, c], &plan) == [b, c, a])
        #expect(plan.counts.reorderedMessages == 1)
    }

    @Test func `chaos follows from its seed, on each connection`() throws {
        let said = (0..<300).flatMap { [">PUB a 1\nx\n", "<OK 1\n", "<MSG 1 \($0) 1 1 1\nx\n"] }
        let play: (UInt64, Int) throws -> (FaultCounts, [String]) = { seed, ordinal in
            var plan = FaultPlan()
            plan.chaos = FaultPlan.Chaos(repeatPublish: 0.1, repeatMessage: 0.1, reorder: 0.1)
            plan.reseed(seed)
            let results = try self.play(said, &plan, ordinal: ordinal)
            return (plan.counts, results)
        }
        let (counts, results) = try play(7, 1)
        #expect(counts.repeatedPublishes > 0 && counts.repeatedMessages > 0 && counts.reorderedMessages > 0)
        #expect((counts.drops, counts.lostReplies) == (0, 0))
        #expect(try play(7, 1).1 == results)
        #expect(try play(7, 2).1 != results)
        #expect(try play(8, 1).1 != results)
    }
}
