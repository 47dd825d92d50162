// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import MartletLock
import MartletTestKit
import Testing

@testable import martlet

/// The log for programs.
struct JSONLogTests {
    /// The lines that `body` writes.
    private func lines(_ metadata: Logger.Metadata = [:], _ body: (inout Logger) -> Void) -> [String] {
        let lines = Lock<[String]>([])
        var logger = Logger(label: "martlet") { label in
            var handler = JSONLogHandler(label: label, level: .info)
            handler.now = { 1_790_000_000_042 }
            handler.write = { line in lines.withLock { $0.append(line) } }
            handler.metadata = metadata
            return handler
        }
        body(&logger)
        return lines.withLock { $0 }
    }

    @Test func `a line is an object with time, level, label, message and metadata`() {
        let lines = lines { $0.notice("up", metadata: ["port": "7250", "data": "there"]) }
        #expect(
            lines == [
                #"{"time":"2026-09-21T14:13:20.042Z","level":"notice","label":"martlet","message":"up","#
                    + #""metadata":{"data":"there","port":"7250"}}"# + "\n"
            ])
    }

    @Test func `what is below the level is not written, and no metadata is no member`() {
        let lines = lines { logger in
            logger.debug("small")
            logger.logLevel = .debug
            logger.debug("large")
        }
        #expect(
            lines == [
                #"{"time":"2026-09-21T14:13:20.042Z","level":"debug","label":"martlet","message":"large"}"# + "\n"
            ])
    }

    @Test(arguments: [
        "\n{\"level\":\"critical\"}", "\r\n", "\"}", "\\", "\\\"", "\u{0}\u{1}\u{1f}\u{7f}", "\u{85}\u{2028}\u{2029}",
        "é\u{1f426}", "",
    ])
    func `no text ends its line or its member`(text: String) throws {
        let lines = lines { $0.error("\(text)", metadata: [text: "\(text)", "list": ["\(text)", ["a": "\(text)"]]]) }
        #expect(lines.count == 1)
        let line = try #require(lines.first)
        #expect(line.utf8.filter { $0 == UInt8(ascii: "\n") }.count == 1 && line.hasSuffix("}\n"))
        let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(Set(object.keys) == ["time", "level", "label", "message", "metadata"])
        #expect(object["message"] as? String == text)
        #expect(object["level"] as? String == "error")
        let fields = try #require(object["metadata"] as? [String: Any])
        #expect(fields[text] as? String == text)
        let list = try #require(fields["list"] as? [Any])
        #expect(list.first as? String == text)
        #expect((list.last as? [String: String]) == ["a": text])
    }

    @Test func `metadata of the line wins over that of the logger`() {
        let lines = lines(["a": "1", "b": "1"]) { $0.info("m", metadata: ["b": "2"]) }
        #expect(lines.first?.contains(#""metadata":{"a":"1","b":"2"}"#) == true)
    }
}

extension ClientCommands {
    /// A broker whose log programs read.
    struct JSONLogRunTests {
        @Test func `every line of the log is an object`() async throws {
            let folder = try TemporaryFolder()
            let end = try await onThread {
                let broker = try RunningCommand(
                    script: #"cd "$D"; exec "$M" serve --port 0 --data "$(printf 'a folder\nof two lines')""#, port: 1,
                    environment: ["D": folder.path, "MARTLET_LOG_FORMAT": "json"])
                while let line = broker.line(), !line.contains("Ctrl-C") {}
                broker.send(SIGTERM)
                return try broker.end()
            }
            #expect(end.status == 0)
            let lines = end.complaint.split(separator: "\n")
            let messages = try lines.map { line in
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                return object?["message"] as? String
            }
            #expect(messages.contains("started") && messages.count > 1, "\(end.complaint)")
        }
    }
}
