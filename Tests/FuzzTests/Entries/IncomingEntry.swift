// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

@testable import MartletClient

/// What a broker sends, as the client reads it: any bytes mean the same however they are cut, and whether confirms
/// are read one by one or by the run.
enum IncomingEntry {
    static func read(_ bytes: [UInt8]) throws {
        let whole = hear([bytes[...]], runs: false)
        for pieces in Cuts.ways(of: bytes) + [[bytes[...]]] {
            for runs in [false, true] {
                let cut = hear(pieces, runs: runs)
                try BrokenProperty.unless(cut == whole, "\(cut) of \(pieces.count) reads instead of \(whole)")
            }
        }
    }

    /// What a connection hears of some reads; nothing follows an error.
    private static func hear(_ pieces: [ArraySlice<UInt8>], runs: Bool) -> [String] {
        var parser = IncomingParser()
        var heard: [String] = []
        for piece in pieces {
            piece.withUnsafeBytes { parser.append($0) }
            do {
                while true {
                    if runs {
                        _ = parser.confirms(atMost: 3) { offset, isDuplicate, isUnseen in
                            let confirm = Confirm(offset: offset, isDuplicate: isDuplicate, isUnseen: isUnseen)
                            heard.append(shown(.incoming(.reply(confirm.reply))))
                        }
                    }
                    guard let step = try parser.next() else { break }
                    heard.append(shown(step))
                }
            } catch {
                return heard + ["error: \(error)"]
            }
        }
        return heard
    }

    /// A step as text; the frequent ones by hand, as reflection takes long.
    private static func shown(_ step: IncomingParser.Step) -> String {
        switch step {
        case .incoming(.reply(let reply)):
            // A confirm that is read by the run is a number, whatever zeros stood before it.
            "\(reply.word) \(reply.fields.map { UInt64($0).map(String.init) ?? $0 }) \(options(reply.options)) "
                + "\(reply.data)"
        case .incoming(.message(let message)):
            "MSG \(message.consumer) \(message.tag) \(message.offset) \(message.attempt) \(message.time) "
                + "\(options(message.options)) \(message.idBytes ?? []) \(message.headers) \(message.body)"
        default: "\(step)"
        }
    }

    private static func options(_ options: [String: String]) -> [String] {
        options.map { "\($0.key)=\($0.value)" }.sorted()
    }

    static var seeds: [[UInt8]] {
        [
            "OK 1 martlet/0.1.0 session=a%20b max-body=10\r\nPING\nDUP 7\r\nDUP 0 due=1790000000000\n",
            "OK 1\r\nOK 2 subs=0\r\nOK 3\nDUP 4\r\nOK created lease=30s\r\n",
            "MSG 1 2 3 4 5 time=6 id=o%251 hdr=5\r\na: b\nhel\nl\r\nMSG 1 3 4 1 0 time=6 id=%FF key=k\n\n",
            "DATA 2\r\n{}\nNIL\nQUEUED\r\nPONG\r\nDATA 3 version=2 time=7\r\nabc\r\n",
            "LOST 1 1-3,7,more timeout\r\nBYE reason=shutdown\r\nERR full try again later\r\nERR tx 0:lease-lost x\n",
        ].map { Array($0.utf8) }
    }
}
