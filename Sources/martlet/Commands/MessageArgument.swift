// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// What people write to name a message: its offset, or its id.
enum MessageArgument {
    /// What is expected, for help.
    static let help: ArgumentHelp = "Its offset, or its id; an id of digits alone as id:123."

    /// Reads a name.
    static func parse(_ text: String) throws -> MessageReference {
        if let offset = ByteSize.plainNumber(text) {
            guard offset > 0 else { throw ValidationError("offset 0: offsets count from 1") }
            return .offset(UInt64(offset))
        }
        return .id(try identifier(text.hasPrefix("id:") ? String(text.dropFirst(3)) : text, "id"))
    }

    /// Reads an id, a key or the name of a process.
    static func identifier(_ text: String, _ what: String) throws -> [UInt8] {
        guard (1...Limits.identifier).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else {
            throw ValidationError("the \(what) '\(text)': expected 1 to 200 bytes without spaces or control characters")
        }
        return Array(text.utf8)
    }
}

extension BlockingConnection {
    /// The offset of a message of a subscription's topic.
    func offset(of message: MessageReference, topic: String, subscription: String) throws -> UInt64 {
        guard case .id(let id) = message else {
            guard case .offset(let offset) = message else { return 0 }
            return offset
        }
        let answer = try value(.why(topic: topic, message: message, subscription: subscription))
        guard let offset = answer["offset"]?.integer, offset > 0 else {
            let name = String(decoding: id, as: UTF8.self)
            throw CommandFailure(.refused, "topic \(topic) has no message with the id '\(name)' that is visible")
        }
        return UInt64(offset)
    }
}
