// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletProtocol

/// The article's section "Rights": the right that each command needs.
@Suite("Rights") struct RightsTests {
    /// What a command is called in the table: its word, and for `INFO` what it asks about.
    private static func name(_ frame: Frame) -> String {
        let line = String(decoding: frame.bytes.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
        let fields = line.split(separator: " ").map(String.init)
        return fields[0] == "INFO" && fields.count > 1 ? "INFO \(fields[1])" : fields[0]
    }

    private static func rights(_ frame: Frame) -> Set<String> {
        switch frame.event {
        case .publish: ["publish"]
        case .command(let command) where !command.needs.isEmpty: Set(command.needs.map(\.right.rawValue))
        default: ["none"]
        }
    }

    @Test func `the table says of every command what the broker asks for`() throws {
        var told: [String: Set<String>] = [:]
        for row in try Article().rows("## Rights") where row[0] != "Right" {
            for (place, part) in row[1].split(separator: "`", omittingEmptySubsequences: false).enumerated()
            where place % 2 == 1 { told[String(part), default: []].insert(row[0]) }
        }
        var asked: [String: Set<String>] = [:]
        for frame in Frames.all { asked[Self.name(frame), default: []].formUnion(Self.rights(frame)) }
        // An option, which has no row of its own.
        told["alter"] = nil
        #expect(told == asked)
    }

    @Test func `no command needs to be an admin, and each need is on what the command names`() {
        for frame in Frames.all {
            guard case .command(let command) = frame.event else { continue }
            let line = String(decoding: frame.bytes, as: UTF8.self)
            for need in command.needs {
                #expect(need.right != .admin)
                #expect(line.contains(" \(need.name)"), "\(line)")
            }
        }
    }
}
