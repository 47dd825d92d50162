// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CrashKit

/// Commands are told apart by their lines and their data, however they come.
struct CommandReaderTests {
    private let stream = Array("PUB a 3 id=x\n1\n3\nSET s k 2 version=0\nPI\nPING\nACK 1 2-4\n".utf8)

    @Test(arguments: [1, 2, 7, 100])
    func `commands are the same in any pieces`(size: Int) {
        var reader = CommandReader()
        var commands: [CommandReader.Command] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            reader.append(stream[start..<min(start + size, stream.count)])
            while let command = reader.next() { commands.append(command) }
        }
        #expect(commands.map(\.words.first) == ["PUB", "SET", "PING", "ACK"])
        #expect(commands.map { String(decoding: $0.data, as: UTF8.self) } == ["1\n3", "PI", "", ""])
        #expect(commands[0].option("id") == "x")
        #expect(commands[0].option("i") == nil)
    }

    @Test func `tags are single or ranges`() {
        #expect(CommandReader.tags("7") == [7])
        #expect(CommandReader.tags("1-3,9") == [1, 2, 3, 9])
    }
}
