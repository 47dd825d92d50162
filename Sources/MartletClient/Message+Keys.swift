// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletProtocol

// What names a message, for this library, for others and for people; ids and keys need not be UTF-8.
extension Message {
    /// The id as its publisher gave it, byte for byte, or nil.
    public var idBytes: [UInt8]? { bytes(of: id, "id") }
    /// The key as its publisher gave it, byte for byte, or nil.
    public var keyBytes: [UInt8]? { bytes(of: key, "key") }
    /// The process as its publisher gave it, byte for byte, or nil.
    public var processBytes: [UInt8]? { bytes(of: process, "process") }
    /// The cause as its publisher gave it, byte for byte, or nil.
    public var causeBytes: [UInt8]? { bytes(of: cause, "cause") }

    private func bytes(of text: String?, _ name: String) -> [UInt8]? {
        rawFields[name] ?? text.map { Array($0.utf8) }
    }

    /// What names the message among those of its topic: its id, or `#<offset>` when it has none.
    ///
    /// An id that begins with `#` has another one before it, so that it is not taken for an offset. One that is not
    /// UTF-8 is `#` and its bytes, with `%XX` for those that are not printable ASCII, so that different ids stay
    /// different.
    public var receiptKey: String {
        guard let id else { return "#\(offset)" }
        if let raw = rawFields["id"] { return "#" + FieldCoding.encode(raw) }
        return id.utf8.first == UInt8(ascii: "#") ? "#\(id)" : id
    }

    /// The key under which the broker keeps this message's receipt, as commands carry it.
    var receiptKeyBytes: [UInt8] {
        guard let raw = rawFields["id"] else { return Array(receiptKey.utf8) }
        return raw.first == UInt8(ascii: "#") ? [UInt8(ascii: "#")] + raw : raw
    }

    /// A key for calls to other systems, the same for each delivery of this message to this subscription:
    /// `<topic>/<subscription>/<receipt key>`.
    public var idempotencyKey: String { "\(topic)/\(subscription)/\(receiptKey)" }
}
