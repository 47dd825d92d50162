// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletServer

/// How much may wait for a client.
struct OutboundLimitTests {
    private static let mebibyte = 1 << 20

    @Test func `8 MiB may wait behind the piece under way, and one byte more closes`() {
        let connection = TestConnection.greeted()
        #expect(!connection.write(100))
        #expect(!connection.write(8 * Self.mebibyte))
        #expect(connection.write(1))
    }

    @Test(arguments: [1, 100, 16 << 20, 1 << 30])
    func `one piece may be as large as it is`(size: Int) {
        let connection = TestConnection.greeted()
        #expect(!connection.write(size))
        #expect(!connection.write(8 * Self.mebibyte), "the limit is about what waits behind it")
        #expect(connection.write(1))
    }

    @Test func `small replies behind a large piece close nothing`() {
        let connection = TestConnection.greeted(settings { $0.maxBody = 16 << 20 })
        for _ in 1...4 {
            #expect(!connection.write(16 << 20, taken: 200_000))
            let closes = (1...1_000).contains { _ in
                connection.waiting -= 10_000
                return connection.write(4)
            }
            #expect(!closes)
            connection.waiting = 0
        }
    }

    @Test func `a piece that is half taken is still the one under way`() {
        let connection = TestConnection.greeted()
        #expect(!connection.write(16 * Self.mebibyte))
        connection.waiting = 1
        #expect(!connection.write(8 * Self.mebibyte))
        #expect(connection.write(1))
    }

    @Test func `the piece behind is under way when the one before it was taken`() {
        let connection = TestConnection.greeted()
        #expect(!connection.write(100))
        #expect(!connection.write(8 * Self.mebibyte))
        connection.waiting -= 100
        #expect(!connection.write(8 * Self.mebibyte))
        #expect(connection.write(1))
    }

    @Test func `more than the default may wait where more is configured`() {
        let connection = TestConnection.greeted(settings { $0.maxOutboundBytes = 64 << 20 })
        #expect(!connection.write(1))
        #expect(!connection.write(64 << 20))
        #expect(connection.write(1))
    }

    /// What a client may be sent while it reads all the time: 4 MiB that do not block deliveries yet, one message
    /// beyond, and one answer as large.
    @Test(arguments: [64 << 10, 1 << 20, 8 << 20])
    func `a limit that is too small for what a client asks for in turn is not used`(limit: Int) {
        for body in [1 << 20, 16 << 20] {
            let connection = TestConnection.greeted(
                settings {
                    $0.maxBody = body
                    $0.maxOutboundBytes = limit
                })
            #expect(!connection.write(4 << 20))
            #expect(!connection.write(body + 20_000))
            #expect(!connection.write(body * 4 / 3 + 20_000))
            let closes = (1...1_000).contains { _ in connection.write(100) }
            #expect(!closes)
        }
    }

    @Test func `pieces that were taken leave nothing behind`() {
        let connection = TestConnection.greeted()
        for _ in 1...100 {
            #expect(!connection.write(8 * Self.mebibyte))
            #expect(!connection.write(8 * Self.mebibyte))
            connection.waiting = 0
            #expect(!connection.write(100, taken: 100))
        }
    }
}
