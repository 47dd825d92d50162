// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletLock
import Testing

@testable import MartletService

/// How far the broker may run ahead of its peers.
struct HandoverTests {
    @Test func `the broker goes on at the limit, and waits one byte past it`() {
        let handover = Handover(limit: 10)
        handover.add(10)
        #expect(!handover.isFull)
        handover.waitForRoom()
        handover.add(1)
        #expect(handover.isFull)
        handover.take(1)
        handover.waitForRoom()
        #expect(!handover.isFull)
    }

    @Test func `it goes on when peers on another thread have taken up enough`() {
        let handover = Handover(limit: 10)
        handover.add(1_000)
        let taken = Lock(0)
        let peers = Thread {
            for _ in 1...99 {
                taken.withLock { $0 += 10 }
                handover.take(10)
            }
        }
        peers.start()
        // A time that does not come.
        handover.waitForRoom(milliseconds: 1 << 40)
        #expect(taken.withLock { $0 } == 990)
    }

    @Test func `it goes on after a time when peers take up nothing`() {
        let handover = Handover(limit: 10)
        handover.add(11)
        handover.waitForRoom(milliseconds: 5)
        #expect(handover.isFull)
    }
}
