// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CrashKit

/// Bodies tell whose they are, and whether they are whole.
struct MessageBodyTests {
    private let identity = MessageIdentity(publisher: 12, sequence: 345)

    @Test(arguments: [0, 18, 19, 20, 1_000, 2_015, 100_000, 1_000_000])
    func `a body is known again by its id and its bytes`(size: Int) {
        let body = MessageBody.make(identity, size: size)
        #expect(body.count == size || body.isEmpty)
        #expect(MessageBody.identity(of: body, id: "12-345") == identity)
    }

    @Test(arguments: [0, 5, 12, 13, 500, 999])
    func `a body with one wrong byte is damaged`(place: Int) {
        var body = MessageBody.make(identity, size: 1_000)
        body[place] ^= 1
        #expect(MessageBody.identity(of: body, id: "12-345") == nil)
    }

    @Test func `a body that is cut, or has another message's id, is damaged`() {
        let body = MessageBody.make(identity, size: 1_000)
        #expect(MessageBody.identity(of: Array(body.dropLast()), id: "12-345") == nil)
        #expect(MessageBody.identity(of: body, id: "12-346") == nil)
        #expect(MessageBody.identity(of: body, id: "") == nil)
    }

    @Test func `a body without an id says whose it is by itself, if it is whole and has room for it`() {
        var body = MessageBody.make(identity, size: 100)
        #expect(MessageBody.identity(of: body, id: nil) == identity)
        body[50] ^= 1
        #expect(MessageBody.identity(of: body, id: nil) == nil)
        #expect(MessageBody.identity(of: [], id: nil) == nil)
    }
}
