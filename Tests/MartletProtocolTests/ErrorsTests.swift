// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletProtocol

/// The article's section "Errors": every code that a frame can earn, and what each says.
@Suite("Errors") struct ErrorsTests {
    @Test(arguments: Refusals.open)
    func `a refusal has a code for programs and names the field for people`(frame: Refused) throws {
        let error = try #require(Heard(frame.bytes).refusal)
        #expect(error.code == frame.code)
        #expect(error.text.hasPrefix(frame.text))
        #expect(!error.closes)
    }

    @Test(arguments: Refusals.fatal)
    func `an error that ends the conversation has a code and names the field`(frame: Refused) throws {
        let error = try #require(Heard(frame.bytes).fatal)
        #expect(error.code == frame.code)
        #expect(error.text.hasPrefix(frame.text))
        #expect(error.closes)
    }

    @Test func `the frames above earn every code that does not depend on what the broker holds`() {
        let earned = Set((Refusals.open + Refusals.fatal).map(\.code))
        #expect(
            earned == [
                .badCommand, .badArgument, .badOption, .badName, .badHeader, .denied, .lineTooLong, .badLength,
                .badDataEnd, .tooLarge,
            ])
    }

    @Test func `four codes leave the end of a frame in doubt`() {
        let closing = ErrorCode.allCases.filter { Refusal($0, "").closes }
        #expect(closing == [.lineTooLong, .badLength, .badDataEnd, .tooLarge])
    }

    @Test func `the codes are the words of the wire`() {
        #expect(
            ErrorCode.allCases.map(\.rawValue) == [
                "hello-required", "version-unsupported", "auth", "denied", "bad-command", "bad-argument", "bad-option",
                "bad-name", "bad-header", "line-too-long", "bad-length", "bad-data-end", "too-large", "unknown-topic",
                "unknown-subscription", "unknown-consumer", "unknown-message", "exists", "conflict", "id-conflict",
                "lease-lost", "version", "start-required", "tx", "timeout", "limit", "full", "busy", "shutting-down",
                "internal",
            ])
    }

    @Test func `hdr without a value is refused, for it may be a typing error`() {
        let heard = Heard("PUB orders 5 hdr\nhello\n")
        #expect((heard.refusal ?? heard.fatal)?.text.hasPrefix("hdr: ") == true)
    }

    @Test func `an error is one line of its code and its text`() {
        #expect(
            written { ReplyEncoder.error(Refusal(.badOption, "x: given twice"), into: &$0) }
                == "ERR bad-option x: given twice\r\n")
    }

    @Test(arguments: Refusals.open + Refusals.fatal)
    func `the line of an error is short and printable, whatever the client sent`(frame: Refused) {
        let heard = Heard(frame.bytes)
        guard let error = heard.refusal ?? heard.fatal else {
            Issue.record("not refused")
            return
        }
        let line = written { ReplyEncoder.error(error, into: &$0) }
        #expect(line.utf8.count < 200)
        #expect(line.dropLast().utf8.allSatisfy { (0x20...0x7E).contains($0) })
    }
}
