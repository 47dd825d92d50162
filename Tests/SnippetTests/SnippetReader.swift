// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A piece of code that a page shows.
struct Snippet: Hashable {
    /// Where it was found.
    var place: String
    /// Its lines, without what they are indented by.
    var code: String
}

/// Reads the code in pages and the snippets in tests; pure functions of a file's text.
enum SnippetReader {
    /// The blocks of Swift code in a page.
    static func blocks(in text: String, of path: String) -> [Snippet] {
        pieces(of: text, path) { line in
            line.hasPrefix("```swift") ? "" : nil
        } isEnd: {
            $0 == "```"
        }
    }

    /// The code between `// snippet: name` and `// snippet end` in a test.
    static func snippets(in text: String, of path: String) -> [Snippet] {
        pieces(of: text, path) { line in
            line.hasPrefix("// snippet: ") ? " " + line.dropFirst(12) : nil
        } isEnd: {
            $0 == "// snippet end"
        }
    }

    /// The code between two kinds of lines; one that is not ended is found with what is left of the file.
    private static func pieces(
        of text: String, _ path: String, name: (Substring) -> String?, isEnd: (Substring) -> Bool
    ) -> [Snippet] {
        var found: [Snippet] = []
        var current: (place: String, lines: [Substring])?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let bare = line.drop { $0 == " " }
            if let open = current {
                if isEnd(bare) {
                    found.append(Snippet(place: open.place, code: dedented(open.lines)))
                    current = nil
                } else {
                    current?.lines.append(line)
                }
            } else if let name = name(bare) {
                current = (path + name, [])
            }
        }
        if let current { found.append(Snippet(place: current.place, code: dedented(current.lines))) }
        return found
    }

    private static func dedented(_ lines: [Substring]) -> String {
        let indents = lines.filter { !$0.allSatisfy { $0 == " " } }.map { $0.prefix { $0 == " " }.count }
        return lines.map { $0.dropFirst(indents.min() ?? 0) }.joined(separator: "\n")
    }
}
