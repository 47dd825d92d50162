// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Swift source split into its code, its comments and its strings, each with the line structure of the file.
///
/// A rule that looks for a call must not see it in a comment or a string, and one that counts braces even less.
struct SwiftText {
    /// The lines with comments and the contents of strings replaced by spaces.
    let code: [String]
    /// The lines with all but comments replaced by spaces.
    let comments: [String]

    init(_ text: String) {
        var lexer = Lexer(Array(text.utf8))
        lexer.run()
        self.code = Self.lines(lexer.bytes, lexer.kinds, keep: .code)
        self.comments = Self.lines(lexer.bytes, lexer.kinds, keep: .comment)
    }

    private static func lines(_ bytes: [UInt8], _ kinds: [Lexer.Kind], keep: Lexer.Kind) -> [String] {
        var lines: [String] = []
        var line: [UInt8] = []
        for (byte, kind) in zip(bytes, kinds) {
            if byte == UInt8(ascii: "\n") {
                lines.append(String(decoding: line, as: UTF8.self))
                line = []
            } else {
                line.append(kind == keep ? byte : UInt8(ascii: " "))
            }
        }
        lines.append(String(decoding: line, as: UTF8.self))
        return lines
    }
}

/// Says of every byte whether it is code, comment or string.
private struct Lexer {
    enum Kind { case code, comment, string }

    /// A string that is open, and how deep the parentheses of its current interpolation are.
    private struct OpenString {
        var hashes: Int
        var isMultiline: Bool
        var parentheses = 0
    }

    let bytes: [UInt8]
    var kinds: [Kind]
    private var index = 0
    /// Strings around the current place; the last is interpolating when code is being read.
    private var strings: [OpenString] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        self.kinds = Array(repeating: .code, count: bytes.count)
    }

    mutating func run() {
        while index < bytes.count { stepCode() }
    }

    private mutating func stepCode() {
        if matches("//") {
            while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { mark(.comment, 1) }
        } else if matches("/*") {
            skipBlockComment()
        } else if let string = openingString() {
            mark(.code, string.hashes + (string.isMultiline ? 3 : 1))
            strings.append(string)
            readString()
        } else {
            trackInterpolation()
        }
    }

    private mutating func skipBlockComment() {
        var depth = 0
        repeat {
            if matches("/*") {
                depth += 1
                mark(.comment, 2)
            } else if matches("*/") {
                depth -= 1
                mark(.comment, 2)
            } else {
                mark(.comment, 1)
            }
        } while depth > 0 && index < bytes.count
    }

    /// The string that begins here, with its number of `#`.
    private func openingString() -> OpenString? {
        var place = index
        while place < bytes.count, bytes[place] == UInt8(ascii: "#") { place += 1 }
        guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { return nil }
        return OpenString(hashes: place - index, isMultiline: matches("\"\"\"", at: place))
    }

    private mutating func readString() {
        guard let string = strings.last else { return }
        let hashes = String(repeating: "#", count: string.hashes)
        let end = (string.isMultiline ? "\"\"\"" : "\"") + hashes
        while index < bytes.count {
            if matches("\\" + hashes + "(") {
                mark(.code, string.hashes + 2)
                strings[strings.count - 1].parentheses = 1
                return
            }
            if matches("\\" + hashes) {
                mark(.string, min(string.hashes + 2, bytes.count - index))
            } else if matches(end) || (!string.isMultiline && bytes[index] == UInt8(ascii: "\n")) {
                if bytes[index] != UInt8(ascii: "\n") { mark(.code, end.utf8.count) }
                strings.removeLast()
                return
            } else {
                mark(.string, 1)
            }
        }
    }

    /// Reads one byte of code and goes back to the string when its interpolation ends.
    private mutating func trackInterpolation() {
        let byte = bytes[index]
        mark(.code, 1)
        guard !strings.isEmpty else { return }
        if byte == UInt8(ascii: "(") { strings[strings.count - 1].parentheses += 1 }
        if byte == UInt8(ascii: ")") {
            strings[strings.count - 1].parentheses -= 1
            if strings[strings.count - 1].parentheses == 0 { readString() }
        }
    }

    private func matches(_ text: String, at place: Int? = nil) -> Bool {
        bytes[(place ?? index)...].starts(with: text.utf8)
    }

    private mutating func mark(_ kind: Kind, _ count: Int) {
        for place in index..<min(index + count, bytes.count) { kinds[place] = kind }
        index = min(index + count, bytes.count)
    }
}
