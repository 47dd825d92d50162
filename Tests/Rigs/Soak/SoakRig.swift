// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CrashKit

extension Rig {
    /// A broker that is used for long takes no more than at first, and keeps its queues moving.
    struct SoakRig {
        @Test func `a broker that is used in every way grows no further and drains to nothing`() async throws {
            let minutes = RigWish.number("MINUTES") ?? 1
            let soak = Soak(seconds: minutes * 60, seed: RigWish.seed())
            let outcome = try await onThread { try soak.run() }
            RigWish.say(outcome.figures)
            let lines = (outcome.problems.prefix(10) + [outcome.figures]).joined(separator: "\n")
            #expect(outcome.problems.isEmpty, "\(lines)\nrepeat with: make soak MINUTES=\(minutes) SEED=\(soak.seed)")
        }

        @Test func `each thing that grows is told, and at its bound it is not`() {
            func problems(_ change: (inout ProcessSample) -> Void, after: (inout ProcessSample) -> Void = { _ in })
                -> [String]
            {
                let usual = ProcessSample(anonymous: 9_000, descriptors: 30, threads: 7, file: 5_000, depth: 0)
                var (last, end) = (usual, usual)
                change(&last)
                after(&end)
                return SoakBounds(before: usual, first: [usual], last: [last], after: end, steps: 2).problems
            }
            #expect(problems { $0.anonymous += SoakBounds.memory } == [])
            #expect(problems { $0.anonymous += SoakBounds.memory + 1 } == ["memory grows"])
            #expect(problems { $0.descriptors += 4 } == [])
            #expect(problems { $0.descriptors += 5 } == ["descriptors grow"])
            #expect(problems({ _ in }, after: { $0.descriptors += SoakBounds.segments }) == [])
            #expect(
                problems({ _ in }, after: { $0.descriptors += SoakBounds.segments + 1 }) == ["descriptors are left"])
            #expect(problems { $0.threads += 1 } == ["threads grow"])
            #expect(problems { $0.file += SoakBounds.file + 8 } == [])
            #expect(problems { $0.file += SoakBounds.file + 9 }.count == 1)
            #expect(problems { $0.depth = SoakBounds.depth + 1 } == ["messages pile up"])
            #expect(problems({ _ in }, after: { $0.depth = 1 }) == ["1 messages are left"])
        }

        @Test func `a message that never comes, or comes again behind its end, is told`() {
            let subscription = SubscriptionName(topic: "soak.a", name: "one")
            let message = MessageIdentity(publisher: Soak.publisher(of: "soak.a"), sequence: 1)
            let book = SoakBook()
            book.confirmed(message)
            #expect(book.judge([subscription]).count == 1)
            book.delivered(message, to: subscription)
            #expect(book.judge([subscription]) == [])
            book.delivered(message, to: subscription)
            book.settled([message], on: subscription)
            #expect(book.problems == [])
            book.delivered(message, to: subscription)
            #expect(book.problems.count == 1)
            book.delivered(nil, to: subscription)
            #expect(book.problems.count == 2)
        }
    }
}
