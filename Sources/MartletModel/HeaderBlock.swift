// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The headers of a message: lines `Name: value` LF, checked once when they are read and then kept as they came.
package enum HeaderBlock {
    /// Says what is wrong with a block of headers; nil when it is right.
    ///
    /// Names are `[A-Za-z0-9._-]{1,64}`, unique without regard to case, and do not start with `Martlet-`;
    /// values are UTF-8 without control characters.
    package static func problem(in block: UnsafeRawBufferPointer) -> String? {
        guard !block.isEmpty else { return nil }
        guard block.last == UInt8(ascii: "\n") else { return "headers: expected each line to end with LF" }
        var names = Set<String>()
        var start = 0
        while start < block.count {
            let end = block[start...].firstIndex(of: UInt8(ascii: "\n")) ?? block.count
            let line = UnsafeRawBufferPointer(rebasing: block[start..<end])
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon + 1 < line.count,
                line[colon + 1] == UInt8(ascii: " ")
            else { return "headers: expected lines of the form 'Name: value'" }
            let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
            let value = UnsafeRawBufferPointer(rebasing: line[(colon + 2)...])
            if let problem = self.problem(name: name, value: value, seen: &names) { return problem }
            start = end + 1
        }
        return nil
    }

    private static func problem(
        name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, seen names: inout Set<String>
    ) -> String? {
        guard isName(name) else {
            return "headers: expected names of 1 to \(Limits.headerName) of A-Z a-z 0-9 . _ -"
        }
        let key = String(decoding: name, as: UTF8.self).lowercased()
        guard !key.hasPrefix("martlet-") else { return "headers: names starting with Martlet- belong to the broker" }
        guard names.insert(key).inserted else { return "headers: '\(key)' is given twice" }
        guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), String(validating: value, as: UTF8.self) != nil else {
            return "headers: expected the value of '\(key)' to be UTF-8 without control characters"
        }
        return nil
    }

    /// Whether the bytes can be the name of a header, those of the broker included.
    package static func isName(_ bytes: UnsafeRawBufferPointer) -> Bool {
        (1...Limits.headerName).contains(bytes.count) && bytes.allSatisfy(isHeaderNameByte)
    }

    private static func isHeaderNameByte(_ byte: UInt8) -> Bool { Name.isPartByte(byte) || byte == UInt8(ascii: ".") }

    /// The value of a header, whose name is looked for without regard to case, in a checked block; nil when it is not
    /// there.
    package static func value(of name: String, in block: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var start = 0
        while start < block.count {
            let end = block[start...].firstIndex(of: UInt8(ascii: "\n")) ?? block.count
            let line = UnsafeRawBufferPointer(rebasing: block[start..<end])
            start = end + 1
            guard line.count >= name.utf8.count + 2, line[name.utf8.count] == UInt8(ascii: ":") else { continue }
            let isNamed = zip(line, name.utf8).allSatisfy { lowercased($0) == lowercased($1) }
            if isNamed { return UnsafeRawBufferPointer(rebasing: line[(name.utf8.count + 2)...]) }
        }
        return nil
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    /// The block of some headers.
    ///
    /// - Throws: what is wrong with them.
    package static func bytes(of headers: [(name: String, value: String)]) throws(Refusal) -> [UInt8] {
        let block = headers.flatMap { Array("\($0.name): \($0.value)\n".utf8) }
        if let problem = block.withUnsafeBytes(problem) { throw Refusal(.badHeader, problem) }
        return block
    }

    /// The headers of a checked block, in the order in which they came.
    package static func pairs(in block: UnsafeRawBufferPointer) -> [(name: String, value: String)] {
        block.split(separator: UInt8(ascii: "\n")).map { line in
            let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
            return (
                String(decoding: line[..<colon], as: UTF8.self),
                String(decoding: line[colon...].dropFirst(2), as: UTF8.self)
            )
        }
    }
}
