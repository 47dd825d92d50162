// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletProtocol

/// A frame that is refused, with the code and the beginning of the text, which names the field.
struct Refused: Sendable, CustomTestStringConvertible {
    var bytes: [UInt8]
    var code: ErrorCode
    var text: String

    init(_ text: String, _ code: ErrorCode, _ expected: String) {
        bytes = Array(text.utf8)
        self.code = code
        self.text = expected
    }

    var testDescription: String { String(decoding: bytes.prefix(80), as: UTF8.self).debugDescription }
}

/// What a decoder refuses.
enum Refusals {
    /// Frames after which the conversation goes on.
    static let open =
        words + fields + tags + names + options + durations + settings + publishes + headers + transactions + records
        + timed + parks + changes + reasons

    static let words = [
        Refused("\r\n", .badArgument, "expected fields separated by exactly one space"),
        Refused("HELLO 1\n", .badCommand, "HELLO: already said"),
        Refused("ping\n", .badCommand, "ping: not a command"),
        Refused("PUBLISH orders 5\n", .badCommand, "PUBLISH: not a command"),
        Refused("parked a b\n", .badCommand, "parked: not a command"),
        Refused("begin\n", .badCommand, "begin: not a command"),
        Refused("ROLLBACK\n", .badCommand, "ROLLBACK: not a command"),
        Refused("\(String(repeating: "Y", count: 60))\n", .badCommand, String(repeating: "Y", count: 40) + "...: not"),
    ]

    static let fields = [
        Refused("INFO  topics\n", .badArgument, "expected fields separated by exactly one space"),
        Refused("PING \n", .badArgument, "expected fields separated by exactly one space"),
        Refused(" PING\n", .badArgument, "expected fields separated by exactly one space"),
        Refused("PI\u{1}NG\n", .badArgument, "expected printable ASCII"),
        Refused("PING\t\n", .badArgument, "expected printable ASCII"),
        Refused("PING\r\r\n", .badArgument, "expected printable ASCII"),
        Refused("INFO topic caf\u{e9}\n", .badArgument, "expected printable ASCII"),
        Refused("INFO topic \u{7f}\n", .badArgument, "expected printable ASCII"),
        Refused("SUB\n", .badArgument, "consumer: missing"),
        Refused("SUB x a b\n", .badArgument, "consumer: expected a number from 0"),
        Refused("SUB 1\n", .badArgument, "topic: missing"),
        Refused("SUB 1 a\n", .badArgument, "subscription: missing"),
        Refused("ACK\n", .badArgument, "consumer: missing"),
        Refused("ACK 1\n", .badArgument, "tags: missing"),
        Refused("ACK -1 7\n", .badArgument, "consumer: expected a number"),
        Refused("ACK 01 7\n", .badArgument, "consumer: expected a number"),
        Refused("UNSUB\n", .badArgument, "consumer: missing"),
        Refused("WINDOW 1\n", .badArgument, "window: missing"),
        Refused("WINDOW 1 +5\n", .badArgument, "window: expected a number"),
        Refused("CREATE\n", .badArgument, "kind: missing"),
        Refused("CREATE queue a\n", .badArgument, "queue: expected topic or subscription"),
        Refused("CREATE topic\n", .badArgument, "name: missing"),
        Refused("CREATE subscription a\n", .badArgument, "name: missing"),
        Refused("DELETE\n", .badArgument, "kind: missing"),
        Refused("DELETE consumer 1\n", .badArgument, "consumer: expected topic or subscription"),
        Refused("DELETE topic\n", .badArgument, "name: missing"),
        Refused("DELETE subscription a\n", .badArgument, "name: missing"),
        Refused(
            "INFO queues\n", .badArgument, "queues: expected topics, topic, subscription, consumers, leases or survey"),
        Refused("INFO topic\n", .badArgument, "name: missing"),
        Refused("INFO subscription a\n", .badArgument, "name: missing"),
        Refused("PEEK\n", .badArgument, "topic: missing"),
        Refused("PEEK a\n", .badArgument, "offset: missing"),
        Refused("PEEK a 0x1\n", .badArgument, "offset: expected a number"),
        Refused("PURGE\n", .badArgument, "topic: missing"),
    ]

    static let tags = [
        "0", "1,", ",1", "1,,2", "-", "1-", "-1", "3-2", "0-1", "1-2-3", "01", "a", "7=1", "1-9223372036854775808",
    ]
    .map { Refused("ACK 1 \($0)\n", .badArgument, "tags: expected numbers and ranges") }

    static let names = [
        Refused("PUB a..b 5\nhello\n", .badName, "topic: expected words"),
        Refused("PUB  1\nx\n", .badName, "topic: expected words"),
        Refused("PUB $ 1\nx\n", .badName, "topic: expected words"),
        Refused("PUB $sys.x 1\nx\n", .denied, "topic: names starting with $"),
        Refused("SUB 1 .a b\n", .badName, "topic: expected words"),
        Refused("SUB 1 a $b\n", .badName, "subscription: expected words"),
        Refused("CREATE topic $a\n", .badName, "name: expected words"),
        Refused("CREATE subscription a/b c\n", .badName, "topic: expected words"),
        Refused("CREATE subscription a $c\n", .badName, "name: expected words"),
        Refused("DELETE topic a.\n", .badName, "name: expected words"),
        Refused("DELETE subscription a b,c\n", .badName, "name: expected words"),
        Refused("INFO topic $\n", .badName, "name: expected words"),
        Refused("INFO subscription a$ b\n", .badName, "topic: expected words"),
        Refused("PEEK * 1\n", .badName, "topic: expected words"),
        Refused("PURGE a=b\n", .badName, "topic: expected words"),
    ]

    static let options = [
        Refused("PING x\n", .badOption, "x: not an option of this command"),
        Refused("PONG x\n", .badOption, "x: not an option"),
        Refused("BYE now\n", .badOption, "now: not an option"),
        Refused("INFO topics all\n", .badOption, "all: not an option"),
        Refused("UNSUB 1 2\n", .badOption, "2: not an option"),
        Refused("WINDOW 1 2 3\n", .badOption, "3: not an option"),
        Refused("DELETE topic a force\n", .badOption, "force: not an option"),
        Refused("ACK 1 7 code=x\n", .badOption, "code: not an option"),
        Refused("ACK 1 7 delay=5s\n", .badOption, "delay: not an option"),
        Refused("RELEASE 1 7 note=x\n", .badOption, "note: not an option"),
        Refused("REJECT 1 7 delay=5s\n", .badOption, "delay: not an option"),
        Refused("SUB 1 a b Window=5\n", .badOption, "Window: not an option"),
        Refused("SUB 1 a b =5\n", .badOption, ": not an option"),
        Refused("SUB 1 a b grace=5s grace=5s\n", .badOption, "grace: given twice"),
        Refused("SUB 1 a b grace\n", .badOption, "grace: expected a value"),
        Refused("SUB 1 a b grace=5\n", .badOption, "grace: expected a duration"),
        Refused("CREATE subscription a b grace=5s\n", .badOption, "grace: not an option"),
        Refused("CREATE subscription a b window=5\n", .badOption, "window: not an option"),
        Refused("CREATE topic a dedup-window=1h dedup-window=1h\n", .badOption, "dedup-window: given twice"),
        Refused("CREATE topic a dedup-window=1\n", .badOption, "dedup-window: expected a duration"),
        Refused("CREATE subscription a b dedup-window=1h\n", .badOption, "dedup-window: not an option"),
        Refused("PEEK a 1 before=3\n", .badOption, "before: not an option"),
        Refused("PURGE a limit=3\n", .badOption, "limit: not an option"),
        Refused("SUB 1 a b window=5 window=5\n", .badOption, "window: given twice"),
        Refused("SUB 1 a b ephemeral ephemeral\n", .badOption, "ephemeral: given twice"),
        Refused("NACK 1 7 code=a note=b code=c\n", .badOption, "code: given twice"),
        Refused("CREATE topic a max-age=1d max-age=1d\n", .badOption, "max-age: given twice"),
        Refused("PEEK a 1 limit=3 limit=3\n", .badOption, "limit: given twice"),
        Refused("PEEK a 1 limit\n", .badOption, "limit: expected a value"),
        Refused("NACK 1 7 code\n", .badOption, "code: expected a value"),
        Refused("SUB 1 a b ephemeral=1\n", .badOption, "ephemeral: expected no value"),
        Refused("SUB 1 a b ephemeral=\n", .badOption, "ephemeral: expected no value"),
    ]

    static let durations = ["", "5", "s", "5S", "5sec", "-5s", "05s", "1.5s", "5ms5", "9223372036854775807d"]
        .map { Refused("NACK 1 7 delay=\($0)\n", .badOption, "delay: expected a duration") }

    static let settings = [
        Refused("SUB 1 a b from=\n", .badOption, "from: expected earliest"),
        Refused("SUB 1 a b from=latest\n", .badOption, "from: expected earliest"),
        Refused("SUB 1 a b from=offset:\n", .badOption, "from: expected earliest"),
        Refused("SUB 1 a b from=offset:0\n", .badOption, "from: expected earliest"),
        Refused("SUB 1 a b from=time:-1\n", .badOption, "from: expected earliest"),
        Refused("SUB 1 a b backoff=\n", .badOption, "backoff: expected a duration"),
        Refused("SUB 1 a b backoff=5s,,5s\n", .badOption, "backoff: expected a duration"),
        Refused("CREATE topic a retention=none\n", .badOption, "retention: expected limits, interest or work"),
        Refused("CREATE topic a durability=memory\n", .badOption, "durability: expected durable"),
        Refused("NACK 1 7 note=%\n", .badOption, "note: expected at most"),
        Refused("NACK 1 7 note=%0\n", .badOption, "note: expected at most"),
        Refused("NACK 1 7 note=%0g\n", .badOption, "note: expected at most"),
        Refused("NACK 1 7 note=%0A\n", .badOption, "note: expected at most"),
        Refused("NACK 1 7 code=%7F\n", .badOption, "code: expected at most"),
        Refused("TOUCH 1 7 note=%FF\n", .badOption, "note: expected at most"),
    ]

    static let publishes = [
        Refused("PUB a 5 id=\nhello\n", .badOption, "id: expected 1 to 200 bytes"),
        Refused("PUB a 5 id\nhello\n", .badOption, "id: expected a value"),
        Refused("PUB a 5 id=%20\nhello\n", .badOption, "id: expected 1 to 200 bytes"),
        Refused("PUB a 5 key=%0A\nhello\n", .badOption, "key: expected 1 to 200 bytes"),
        Refused("PUB a 5 process=%7f\nhello\n", .badOption, "process: expected 1 to 200 bytes"),
        Refused("PUB a 5 cause=%4\nhello\n", .badOption, "cause: expected 1 to 200 bytes"),
        Refused("PUB a 5 id=1 id=2\nhello\n", .badOption, "id: given twice"),
        Refused("PUB a 5 quiet\nhello\n", .badOption, "quiet: not an option"),
        Refused("PUB a 5 \nhello\n", .badArgument, "expected fields separated by exactly one space"),
        Refused("PUB a 5  id=1\nhello\n", .badArgument, "expected fields separated by exactly one space"),
        Refused("PUB a 5 id=\u{e9}\nhello\n", .badArgument, "expected printable ASCII"),
        Refused("PUB a 4 id=1 id=1\nBYE\n\n", .badOption, "id: given twice"),
    ]

    static let headers = [
        "a", "a: b", "a:b\n", ": b\n", "a b: c\n", "a: b\n\n", "a: b\nA: c\n", "a: \u{1}\n", "a: b\r\n",
        "Martlet-Dead-Reason: x\n", "martlet-x: y\n", "\u{e9}: x\n", "a: \u{7f}\n",
    ].map { Refused("PUB t 4 hdr=\($0.utf8.count)\n\($0)BYE\n\n", .badHeader, "headers: ") }

    /// Frames whose end is in doubt, so that the conversation ends.
    static let fatal =
        lengths.map { Refused("PUB a \($0)\nBYE\n", .badLength, "length: expected a number of bytes") }
        + lengths.map { Refused("PUB a 3 hdr=\($0)\nBYE\n", .badLength, "hdr: expected a number of bytes") }
        + lengths.map { Refused("SET a k \($0) version=0\nBYE\n", .badLength, "length: expected a number of bytes") }
        + [
            Refused("PUB\nBYE\n", .badLength, "length: expected"),
            Refused("PUB \nBYE\n", .badLength, "length: expected"),
            Refused("PUB a\nBYE\n", .badLength, "length: expected"),
            Refused("PUB a  3\nBYE\n", .badLength, "length: expected"),
            Refused("PUB a 3 hdr=1 hdr=1\nBYE\n", .badLength, "hdr: expected"),
            Refused("PUB a 3 hdr=1 id=x hdr=2\nBYE\n", .badLength, "hdr: expected"),
            Refused("SET\nBYE\n", .badLength, "length: expected"),
            Refused("SET a k\nBYE\n", .badLength, "length: expected"),
            Refused("PUB a 3\nBYEX\n", .badDataEnd, "expected LF or CR LF after"),
            Refused("PUB a 3\nBYE\rX", .badDataEnd, "expected LF or CR LF after"),
            Refused("PUB a 3\nBYE\r\r\n", .badDataEnd, "expected LF or CR LF after"),
            Refused("PUB a 0\nBYE\n", .badDataEnd, "expected LF or CR LF after"),
            Refused("PUB a.. 3\nBYEX\n", .badDataEnd, "expected LF or CR LF after"),
            Refused("SET a k 3 version=0\nBYEX\n", .badDataEnd, "expected LF or CR LF after"),
            Refused("PUB a 1048577\n", .tooLarge, "length: expected at most 1048576 bytes"),
            Refused("PUB a 9223372036854775807\n", .tooLarge, "length: expected at most 1048576 bytes"),
            Refused("PUB a 0 hdr=16385\n", .tooLarge, "hdr: expected at most 16384 bytes"),
            Refused("PUB a 0 hdr=9223372036854775807\n", .tooLarge, "hdr: expected at most 16384 bytes"),
            Refused("SET a k 65537 version=0\n", .tooLarge, "length: expected at most 65536 bytes"),
            Refused("SET a k 9223372036854775807 version=0\n", .tooLarge, "length: expected at most 65536 bytes"),
            Refused("SET a.. k 3 version=0\nBYEX\n", .badDataEnd, "expected LF or CR LF after"),
            Refused("SET a k version=0 3\nBYE\n", .badLength, "length: expected"),
            Refused(String(repeating: "x", count: 4_097) + "\n", .lineTooLong, "expected a line of at most 4096 bytes"),
        ]

    private static let lengths = [
        "-1", "+1", "01", "00", "9223372036854775808", "99999999999999999999", "0x3", "3a", "\u{1}",
    ]
}
