// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import NIOCore
import Testing

@testable import MartletProtocol

/// The article's section "Transactions": what opens and ends one, and the lists in the reply to a commit.
@Suite("Transactions") struct TransactionsTests {
    @Test(arguments: Frames.transactions)
    func `BEGIN, COMMIT, ABORT and OUTCOME are read`(frame: Frame) {
        #expect(Heard(frame.bytes).events == [frame.event])
        #expect(Heard(byteByByte: frame.bytes) == Heard(frame.bytes))
    }

    @Test(
        arguments: [
            ("BEGIN now\n", .badOption, "now: not an option"), ("BEGIN id\n", .badOption, "id: expected a value"),
            ("BEGIN id=\n", .badOption, "id: expected 1 to 200 bytes"),
            ("BEGIN id=%0A\n", .badOption, "id: expected 1 to 200 bytes"),
            ("BEGIN id=1 id=1\n", .badOption, "id: given twice"),
            ("BEGIN \n", .badArgument, "expected fields separated by exactly one space"),
            ("BEGIN  id=1\n", .badArgument, "expected fields separated by exactly one space"),
            ("BEGIN id=\u{e9}\n", .badArgument, "expected printable ASCII"),
        ] as [(String, ErrorCode, String)])
    func `a BEGIN that is refused is told apart from a line that opens nothing`(
        line: String, code: ErrorCode, text: String
    ) throws {
        let heard = Heard(line + "PING\n")
        guard case .command(.begin(id: nil, refusal: let error?)) = heard.events.first else {
            Issue.record("\(heard.events)")
            return
        }
        #expect(error.code == code)
        #expect(error.text.hasPrefix(text))
        #expect(heard.events.count == 2)
    }

    @Test func `QUEUED is said as often as commands wait`() {
        #expect(written { ReplyEncoder.queued(0, into: &$0) } == "")
        #expect(written { ReplyEncoder.queued(3, into: &$0) } == "QUEUED\r\nQUEUED\r\nQUEUED\r\n")
    }

    @Test func `a value has its length and its options`() {
        #expect(
            written { ReplyEncoder.data(Array("a\r\n".utf8), options: " version=2 time=5", into: &$0) }
                == "DATA 3 version=2 time=5\r\na\r\n\r\n")
    }

    // MARK: - Lists of offsets

    @Test(
        arguments: [
            ([], ""), ([7], "7"), ([5, 6, 7], "5,6,7"), ([9, 1, 9], "9,1,9"),
            ([9_223_372_036_854_775_807], "9223372036854775807"),
        ] as [([UInt64], String)])
    func `few offsets are written one by one, in their order`(numbers: [UInt64], expected: String) throws {
        #expect(OffsetList.text(numbers) == expected)
        guard !numbers.isEmpty else { return }
        let read = try #require(OffsetList.numbers(in: expected))
        #expect(read.numbers == numbers)
        #expect(!read.isCut)
    }

    @Test func `a list that fits is written one by one, and one byte more makes it runs`() throws {
        // 496 numbers of three digits and their commas are 1,983 bytes; 1,984 is the limit.
        let fits: [UInt64] = (0..<496).map { 100 + $0 }
        #expect(OffsetList.text(fits).utf8.count == 1_983)
        let full: [UInt64] = Array(fits.dropLast()) + [1_000]
        #expect(OffsetList.text(full).utf8.count == 1_984)
        #expect(OffsetList.text(full).hasPrefix("100,101,102,"))
        let over: [UInt64] = Array(fits.dropLast()) + [10_000]
        #expect(OffsetList.text(over) == "100-594,10000")
        for numbers in [fits, full, over] {
            let read = try #require(OffsetList.numbers(in: OffsetList.text(numbers)))
            #expect(read.numbers == numbers)
            #expect(!read.isCut)
        }
    }

    @Test func `runs keep the order of the commands`() throws {
        let numbers: [UInt64] = Array(500...999) + Array(1...500) + [700, 699]
        #expect(OffsetList.text(numbers) == "500-999,1-500,700,699")
        #expect(try #require(OffsetList.numbers(in: OffsetList.text(numbers))).numbers == numbers)
    }

    @Test func `a thousand offsets without runs are cut, and say so`() throws {
        let numbers = (1...1_000).map { UInt64(2 * $0 + 9_000_000_000_000_000_000) }
        let text = OffsetList.text(numbers)
        #expect(text.hasSuffix(",more"))
        let read = try #require(OffsetList.numbers(in: text))
        #expect(read.isCut)
        #expect(read.numbers.count > 90)
        #expect(read.numbers == Array(numbers.prefix(read.numbers.count)))
    }

    @Test func `both lists of a commit fit a line`() {
        let offsets = (1...1_000).map { UInt64(2 * $0 + 9_000_000_000_000_000_000) }
        let duplicates = (1...1_000).filter { $0 % 3 != 0 }.map { UInt64($0) }
        let line = "OK 1000 offsets=\(OffsetList.text(offsets)) dups=\(OffsetList.text(duplicates))"
        #expect(line.utf8.count <= Limits.line)
    }

    @Test func `the reply to the largest commit of one topic is whole`() throws {
        let offsets = (1...1_000).map { UInt64($0) + 1_000_000_000 }
        let read = try #require(OffsetList.numbers(in: OffsetList.text(offsets)))
        #expect(read.numbers == offsets)
        #expect(!read.isCut)
    }

    @Test(arguments: [
        "", ",", "5,", ",5", "5,,6", "-", "5-", "-5", "6-5", "1-2-3", "a", "5 6", "18446744073709551616",
        "1-1000001", "0-18446744073709551615", "1-1000000,1", "1-600000,1-600000",
    ])
    func `what is no list of offsets, or of more than a million, is not read as one`(text: String) {
        #expect(OffsetList.numbers(in: text) == nil)
    }

    @Test func `a list of a million numbers is read`() throws {
        #expect(try #require(OffsetList.numbers(in: "1-1000000")).numbers.count == 1_000_000)
    }
}
