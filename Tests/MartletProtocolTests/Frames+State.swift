// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

@testable import MartletProtocol

// Frames of the commands of transactions, records and receipts.
extension Frames {
    static let transactions = [
        Frame("BEGIN", .begin(id: nil, refusal: nil)),
        Frame("BEGIN id=t-1", .begin(id: Array("t-1".utf8), refusal: nil)),
        Frame("BEGIN id=%25%c3%A9", .begin(id: Array("%\u{e9}".utf8), refusal: nil)),
        Frame("COMMIT", .commit),
        Frame("ABORT", .abort),
        Frame("OUTCOME t-1", .outcome(id: Array("t-1".utf8))),
        Frame("OUTCOME %FF=%25", .outcome(id: [0xFF, 0x3D, 0x25])),
    ]

    static let records = [
        Frame("GET process order-17", .get(space: "process", key: Array("order-17".utf8))),
        Frame("GET a.b_C-9 %FF%25=", .get(space: "a.b_C-9", key: [0xFF, 0x25, 0x3D])),
        Frame("SET a k 4 version=any\nBYE\n\n", .command(.set(SetRecord("a", "k", "BYE\n")))),
        Frame("SET a k 0 version=0\r\n\r\n", .command(.set(SetRecord("a", "k", "", version: 0)))),
        Frame("SET a k 3 version=0\n\r\n\0\r\n", .command(.set(SetRecord("a", "k", "\r\n\0", version: 0)))),
        Frame(
            "SET a %2f 2 ttl=5m version=9223372036854775807\nhi\r\n",
            .command(.set(SetRecord("a", "/", "hi", version: 9_223_372_036_854_775_807, lifetime: 300_000)))),
        Frame(
            "SET SET 3 3 version=7 ttl=1ms\r\nSET\n",
            .command(.set(SetRecord("SET", "3", "SET", version: 7, lifetime: 1)))),
        Frame("UNSET a k version=any", .unset(space: "a", key: Array("k".utf8), expected: .any)),
        Frame("UNSET a k version=0", .unset(space: "a", key: Array("k".utf8), expected: .exactly(0))),
        Frame("UNSET a %C3%A9 version=12", .unset(space: "a", key: [0xC3, 0xA9], expected: .exactly(12))),
        Frame("CHECK a k version=0", .check(space: "a", key: Array("k".utf8), version: 0)),
        Frame("CHECK a.b %FF version=12", .check(space: "a.b", key: [0xFF], version: 12)),
        Frame("LIST a", .list(ListRecords(space: "a"))),
        Frame(
            "LIST a limit=7 prefix=order- after=order-%C3%A9",
            .list(
                ListRecords(
                    space: "a", prefix: Array("order-".utf8), after: Array("order-\u{e9}".utf8), limit: 7))),
        Frame("RECEIPT 1 o-1 done", .receipt(WriteReceipt(consumer: 1, key: Array("o-1".utf8), outcome: "done"))),
        Frame(
            "RECEIPT 0 #12 caf%C3%A9%20%25 keep=1h",
            .receipt(
                WriteReceipt(
                    consumer: 0, key: Array("#12".utf8), outcome: "caf\u{e9} %", lifetime: 3_600_000))),
    ]
}

extension SetRecord {
    /// A record whose version is `any` when none is named.
    init(_ space: String, _ key: String, _ value: String, version: UInt64? = nil, lifetime: Int? = nil) {
        self.init(
            space: space, key: Array(key.utf8), expected: version.map { .exactly($0) } ?? .any, lifetime: lifetime,
            value: Array(value.utf8))
    }
}
