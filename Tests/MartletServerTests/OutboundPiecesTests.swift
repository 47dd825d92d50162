// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletServer

struct OutboundPiecesTests {
    @Test func `what the socket takes at once does not wait`() {
        let pieces = Pieces()
        #expect(pieces.wrote(100, waiting: 0))
        #expect(!pieces.isWaiting)
        #expect(pieces.bytesBehind == 0)
    }

    @Test func `the first piece that waits is under way, the rest is behind it`() {
        let pieces = Pieces()
        #expect(pieces.wrote(100, waiting: 100), "it begins to wait")
        #expect(pieces.isWaiting)
        #expect(pieces.bytesBehind == 0)
        #expect(!pieces.wrote(10, waiting: 110), "nothing was taken")
        #expect(!pieces.wrote(1, waiting: 111))
        #expect(pieces.bytesBehind == 11)
    }

    @Test func `bytes that are taken are progress, from piece to piece`() {
        let pieces = Pieces()
        _ = pieces.wrote(100, waiting: 100)
        _ = pieces.wrote(10, waiting: 110)
        _ = pieces.wrote(1, waiting: 111)
        #expect(!pieces.look(waiting: 111))
        #expect(pieces.look(waiting: 12))
        #expect(pieces.bytesBehind == 11, "one byte of the first piece is left")
        #expect(pieces.look(waiting: 11))
        #expect(pieces.bytesBehind == 1)
        #expect(pieces.look(waiting: 1))
        #expect(pieces.bytesBehind == 0)
        #expect(pieces.isWaiting)
        #expect(pieces.look(waiting: 0))
        #expect(!pieces.isWaiting)
        #expect(!pieces.look(waiting: 0))
    }

    @Test func `a write can tell that earlier pieces were taken`() {
        let pieces = Pieces()
        _ = pieces.wrote(100, waiting: 100)
        #expect(pieces.wrote(10, waiting: 10))
        #expect(pieces.bytesBehind == 0)
    }

    @Test func `a piece of no bytes is none`() {
        let pieces = Pieces()
        _ = pieces.wrote(100, waiting: 100)
        #expect(!pieces.wrote(0, waiting: 100))
        _ = pieces.wrote(5, waiting: 105)
        #expect(pieces.look(waiting: 5))
        #expect(pieces.bytesBehind == 0)
    }

    /// A reference to the value, which `#expect` may change.
    private final class Pieces {
        private var pieces = OutboundPieces()
        var isWaiting: Bool { pieces.isWaiting }
        var bytesBehind: Int { pieces.bytesBehind }
        func wrote(_ bytes: Int, waiting: Int) -> Bool { pieces.wrote(bytes, waiting: waiting) }
        func look(waiting: Int) -> Bool { pieces.look(waiting: waiting) }
    }
}
