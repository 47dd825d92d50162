// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Finds the functions, initialisers, subscripts and computed properties in code and where each ends.
///
/// It matches braces in text without comments and strings, which is exact for code that compiles.
struct FunctionScanner {
    private let bytes: [UInt8]
    private let lineStarts: [Int]

    init(_ code: [String]) {
        var bytes: [UInt8] = []
        var starts: [Int] = []
        for line in code {
            starts.append(bytes.count)
            bytes.append(contentsOf: line.utf8)
            bytes.append(UInt8(ascii: "\n"))
        }
        self.bytes = bytes
        self.lineStarts = starts
    }

    /// The first and the last line, from 1, of everything with a body.
    func functions() -> [(first: Int, last: Int)] {
        var result: [(first: Int, last: Int)] = []
        var index = 0
        while index < bytes.count {
            guard let (word, end) = word(at: index) else {
                index += 1
                continue
            }
            if isDeclaration(word, at: index, end: end), let open = bodyStart(of: word, after: end),
                let close = matchingBrace(open)
            {
                result.append((line(of: index), line(of: close)))
            }
            index = end
        }
        return result
    }

    private func isDeclaration(_ word: String, at index: Int, end: Int) -> Bool {
        let before = index > 0 ? bytes[index - 1] : UInt8(ascii: " ")
        guard before != UInt8(ascii: "."), before != UInt8(ascii: "`") else { return false }
        switch word {
        case "func", "deinit", "subscript", "var": return true
        case "init":
            let next = end < bytes.count ? bytes[end] : 0
            return next == UInt8(ascii: "(") || next == UInt8(ascii: "<") || next == UInt8(ascii: "?")
        default: return false
        }
    }

    /// Where the body opens; nil for a requirement of a protocol and for a stored property.
    private func bodyStart(of word: String, after end: Int) -> Int? {
        let declarations: Set = [
            "func", "var", "let", "init", "deinit", "subscript", "case", "struct", "class", "enum", "extension",
            "static", "protocol", "associatedtype", "typealias", "mutating", "public", "package", "private", "internal",
        ]
        var depth = 0
        var index = end
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "(") || byte == UInt8(ascii: "[") { depth += 1 }
            if byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]") { depth -= 1 }
            if depth == 0 {
                if byte == UInt8(ascii: "{") { return index }
                if byte == UInt8(ascii: "}") || byte == UInt8(ascii: ";") { return nil }
                // The value of a stored property, or the end of its line, comes before any brace of its own.
                let endsProperty = byte == UInt8(ascii: "=") || byte == UInt8(ascii: "\n")
                if word == "var", endsProperty { return nil }
                if let (next, nextEnd) = self.word(at: index) {
                    if declarations.contains(next) { return nil }
                    index = nextEnd
                    continue
                }
            }
            index += 1
        }
        return nil
    }

    private func matchingBrace(_ open: Int) -> Int? {
        var depth = 0
        for index in open..<bytes.count {
            if bytes[index] == UInt8(ascii: "{") { depth += 1 }
            if bytes[index] == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0 { return index }
        }
        return nil
    }

    /// The word that begins at an index, if one does, and the index after it.
    private func word(at index: Int) -> (String, Int)? {
        guard isWordByte(bytes[index]), index == 0 || !isWordByte(bytes[index - 1]) else { return nil }
        var end = index
        while end < bytes.count, isWordByte(bytes[end]) { end += 1 }
        return (String(decoding: bytes[index..<end], as: UTF8.self), end)
    }

    private func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }

    private func line(of index: Int) -> Int {
        (lineStarts.lastIndex { $0 <= index } ?? 0) + 1
    }
}
