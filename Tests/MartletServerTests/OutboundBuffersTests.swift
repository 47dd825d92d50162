// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletServer

struct OutboundBuffersTests {
    @Test func `a buffer is held whole until its last byte is taken`() {
        var buffers = OutboundBuffers()
        buffers.add(100, memory: 128)
        buffers.add(10, memory: 16)
        buffers.look(waiting: 110)
        let whole = buffers.held
        buffers.look(waiting: 11)
        let almost = buffers.held
        buffers.look(waiting: 10)
        let second = buffers.held
        buffers.look(waiting: 0)
        #expect([whole, almost, second, buffers.held] == [144, 144, 16, 0])
    }

    @Test func `a buffer of no bytes is none`() {
        var buffers = OutboundBuffers()
        buffers.add(0, memory: 1_024)
        #expect(buffers.held == 0)
    }
}
