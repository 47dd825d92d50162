// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Rules about where things are and what they are called.
extension Rules {
    static let maxFolderFiles = 20

    /// Words that a native engineer would not write, and what to write instead.
    static let words: [(word: String, instead: String)] = [
        ("or nothing when", "or nil when"), ("or nothing if", "or nil if"), ("whoever", "name the role"),
        ("somebody", "name the role"), ("for ever ", "forever"), ("for ever.", "forever"), ("for ever,", "forever"),
        ("at the door", "rejected"), ("is this no", "not"),
    ]

    /// Types whose name stands in two targets on purpose: the two ends of a connection each have theirs.
    static let sharedNames: Set = ["DeadLetter", "Delivery", "Explanation", "Lease", "Reply", "Topic"]

    /// The types that a file declares for others: not private, and not within another.
    static func types(in text: String) -> [String] {
        let modifiers: Set = ["package", "public", "final", "indirect"]
        let kinds: Set = ["struct", "class", "enum", "actor", "protocol"]
        return text.split(separator: "\n").compactMap { line in
            guard let first = line.first, first.isLetter else { return nil }
            let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.drop { modifiers.contains(String($0)) }
            guard words.count > 1, let kind = words.first, kinds.contains(String(kind)) else { return nil }
            return String(words[words.startIndex + 1])
        }
    }

    /// A file has one main type.
    static func mainType(path: String, text: String) -> [Violation] {
        let names = types(in: text)
        guard names.count > 1 else { return [] }
        return [Violation(path: path, line: 1, message: "declares \(names); one main type per file")]
    }

    /// A name means one thing.
    static func names(of files: [(path: String, text: String)]) -> [Violation] {
        var homes: [String: String] = [:]
        return files.flatMap { path, text -> [Violation] in
            guard let target = target(of: path) else { return [] }
            return types(in: text).compactMap { name in
                let home = homes[name] ?? target
                homes[name] = home
                guard home != target, !sharedNames.contains(name) else { return nil }
                return Violation(path: path, line: 1, message: "\(name) is declared in \(home) too")
            }
        }
    }

    /// A folder can be taken in at a glance.
    static func folders(of paths: [String]) -> [Violation] {
        let counts = Dictionary(grouping: paths) { $0.split(separator: "/").dropLast().joined(separator: "/") }
        return counts.filter { $0.value.count > maxFolderFiles }.map {
            Violation(path: $0.key, line: 1, message: "\($0.value.count) files; at most \(maxFolderFiles)")
        }
    }

    /// Comments are plain English.
    static func plainWords(path: String, text: String) -> [Violation] {
        let text = text.lowercased()
        // To tell comments from code takes long, and few files need it.
        guard words.contains(where: { text.contains($0.word) }) else { return [] }
        return SwiftText(text).comments.enumerated().flatMap { index, line in
            words.filter { line.contains($0.word) }.map {
                Violation(path: path, line: index + 1, message: "'\($0.word)': say '\($0.instead)'")
            }
        }
    }
}
