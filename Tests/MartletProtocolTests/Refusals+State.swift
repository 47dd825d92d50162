// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

@testable import MartletProtocol

// What is refused of the commands of transactions, records and receipts.
extension Refusals {
    static let transactions = [
        Refused("COMMIT now\n", .badOption, "now: not an option"),
        Refused("COMMIT id=t\n", .badOption, "id: not an option"),
        Refused("ABORT t\n", .badOption, "t: not an option"),
        Refused("OUTCOME\n", .badArgument, "id: missing"),
        Refused("OUTCOME %20\n", .badArgument, "id: expected 1 to 200 bytes"),
        Refused("OUTCOME %\n", .badArgument, "id: expected 1 to 200 bytes"),
        Refused("OUTCOME t u\n", .badOption, "u: not an option"),
    ]

    static let records = [
        Refused("GET\n", .badArgument, "space: missing"),
        Refused("GET a\n", .badArgument, "key: missing"),
        Refused("GET a..b k\n", .badName, "space: expected words"),
        Refused("GET $a k\n", .badName, "space: expected words"),
        Refused("GET a %0A\n", .badArgument, "key: expected 1 to 200 bytes"),
        Refused("GET a k version=1\n", .badOption, "version: not an option"),
        Refused("SET a k 4\nBYE\n\n", .badOption, "version: expected the version"),
        Refused("SET a k 4 version=\nBYE\n\n", .badOption, "version: expected the version"),
        Refused("SET a k 4 version=-1\nBYE\n\n", .badOption, "version: expected the version"),
        Refused("SET a k 4 version=ANY\nBYE\n\n", .badOption, "version: expected the version"),
        Refused("SET a k 4 version=9223372036854775808\nBYE\n\n", .badOption, "version: expected the version"),
        Refused("SET a k 4 version\nBYE\n\n", .badOption, "version: expected a value"),
        Refused("SET a k 4 version=1 version=2\nBYE\n\n", .badOption, "version: given twice"),
        Refused("SET a k 4 version=any ttl=0ms\nBYE\n\n", .badOption, "ttl: expected a duration"),
        Refused("SET a k 4 version=any ttl=5\nBYE\n\n", .badOption, "ttl: expected a duration"),
        Refused("SET a k 4 version=any hdr=2\nBYE\n\n", .badOption, "hdr: not an option"),
        Refused("SET $a k 4 version=any\nBYE\n\n", .badName, "space: expected words"),
        Refused("SET a %7f 4 version=any\nBYE\n\n", .badArgument, "key: expected 1 to 200 bytes"),
        Refused("SET a  4 version=any\nBYE\n\n", .badArgument, "expected fields separated by exactly one space"),
        Refused("SET a k 4 version=any \nBYE\n\n", .badArgument, "expected fields separated by exactly one space"),
        Refused("UNSET\n", .badArgument, "space: missing"),
        Refused("UNSET a\n", .badArgument, "key: missing"),
        Refused("UNSET a k\n", .badOption, "version: expected the version"),
        Refused("UNSET a k version=x\n", .badOption, "version: expected the version"),
        Refused("UNSET a k version=1 ttl=5s\n", .badOption, "ttl: not an option"),
        Refused("CHECK\n", .badArgument, "space: missing"),
        Refused("CHECK a\n", .badArgument, "key: missing"),
        Refused("CHECK $a k version=1\n", .badName, "space: expected words"),
        Refused("CHECK a %0A version=1\n", .badArgument, "key: expected 1 to 200 bytes"),
        Refused("CHECK a k\n", .badOption, "version: expected the version"),
        Refused("CHECK a k version=any\n", .badOption, "version: expected the version"),
        Refused("CHECK a k version=1 version=1\n", .badOption, "version: given twice"),
        Refused("CHECK a k version=1 ttl=5s\n", .badOption, "ttl: not an option"),
        Refused("LIST\n", .badArgument, "space: missing"),
        Refused("LIST a/b\n", .badName, "space: expected words"),
        Refused("LIST a k\n", .badOption, "k: not an option"),
        Refused("LIST a prefix=\n", .badOption, "prefix: expected 1 to 200 bytes"),
        Refused("LIST a after=%20\n", .badOption, "after: expected 1 to 200 bytes"),
        Refused("LIST a limit=x\n", .badOption, "limit: expected a number"),
        Refused("LIST a limit=1 limit=1\n", .badOption, "limit: given twice"),
        Refused("RECEIPT\n", .badArgument, "consumer: missing"),
        Refused("RECEIPT x o done\n", .badArgument, "consumer: expected a number"),
        Refused("RECEIPT 1\n", .badArgument, "key: missing"),
        Refused("RECEIPT 1 %00 done\n", .badArgument, "key: expected 1 to 201 bytes"),
        Refused("RECEIPT 1 o\n", .badArgument, "outcome: missing"),
        Refused("RECEIPT 1 o %FF\n", .badArgument, "outcome: expected at most 200 bytes"),
        Refused("RECEIPT 1 o done keep=0s\n", .badOption, "keep: expected a duration"),
        Refused("RECEIPT 1 o done ttl=5s\n", .badOption, "ttl: not an option"),
    ]
}
