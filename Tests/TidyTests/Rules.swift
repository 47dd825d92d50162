// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// One breach of a rule.
struct Violation: Equatable, CustomStringConvertible {
    var path: String
    var line: Int
    var message: String

    var description: String { "\(path):\(line): \(message)" }
}

/// The rules, each a pure function of a file's path (from the root of the repository) and its text.
enum Rules {
    static let maxFileLines = 400
    static let maxFunctionLines = 70
    static let maxLineLength = 120

    /// Calls that must not be made, why, and the paths where they may be.
    static let bannedCalls: [(call: String, reason: String, allowed: [String])] = [
        ("print(", "a library that prints cannot be silenced; use the logger", ["Sources/martlet/", "Benchmarks/"]),
        ("debugPrint(", "a library that prints cannot be silenced; use the logger", []),
        ("Task.sleep", "wait for what is waited for, or take time from outside", []),
        ("fatalError(", "throw for what a peer or disk can cause; precondition for a bug of ours", []),
        ("Task {", "a task without an owner; use a child task", []),
        ("Task{", "a task without an owner; use a child task", []),
        ("Task.detached", "a task without an owner; use a child task", []),
    ]

    /// What the compiler cannot check, so a comment must.
    static let unsafe = [
        "@unchecked Sendable", "nonisolated(unsafe)", "unowned(unsafe)", "try!", "unsafeBitCast", "unsafeDowncast",
        "assumingMemoryBound", "bindMemory", "withMemoryRebound", "Unmanaged",
    ]

    static let vagueNames = ["Utils", "Helpers", "Manager", "New", "V2"]

    /// Imports follow the table.
    static func imports(path: String, text: String) -> [Violation] {
        guard let target = target(of: path) else { return [] }
        return SwiftText(text).code.enumerated().compactMap { index, line in
            guard let module = importedModule(line), let objection = ImportTable.objection(to: module, in: target)
            else { return nil }
            return Violation(path: path, line: index + 1, message: objection)
        }
    }

    /// A file is short enough to be read.
    static func fileLength(path: String, text: String) -> [Violation] {
        let count = text.split(separator: "\n", omittingEmptySubsequences: false).count - (text.hasSuffix("\n") ? 1 : 0)
        guard count > maxFileLines else { return [] }
        return [Violation(path: path, line: count, message: "\(count) lines; at most \(maxFileLines)")]
    }

    /// A line fits the screen.
    static func lineLength(path: String, text: String) -> [Violation] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            guard line.count > maxLineLength else { return nil }
            return Violation(path: path, line: index + 1, message: "\(line.count) columns; at most \(maxLineLength)")
        }
    }

    /// A function fits the head.
    static func functionLength(path: String, text: String) -> [Violation] {
        FunctionScanner(SwiftText(text).code).functions().compactMap { first, last in
            let count = last - first + 1
            guard count > maxFunctionLines else { return nil }
            return Violation(
                path: path, line: first, message: "a function of \(count) lines; at most \(maxFunctionLines)")
        }
    }

    /// Calls that hide faults are not made.
    static func bannedCalls(path: String, text: String) -> [Violation] {
        let code = SwiftText(text).code
        return bannedCalls.flatMap { banned -> [Violation] in
            if banned.allowed.contains(where: path.hasPrefix) { return [] }
            return code.enumerated().compactMap { index, line in
                guard contains(line, call: banned.call) else { return nil }
                return Violation(path: path, line: index + 1, message: "\(banned.call): \(banned.reason)")
            }
        }
    }

    /// What the compiler cannot check says why it is safe.
    static func safety(path: String, text: String) -> [Violation] {
        let source = SwiftText(text)
        return source.code.enumerated().compactMap { index, line in
            guard let found = unsafe.first(where: line.contains) else { return nil }
            let near = source.comments[max(0, index - 8)...index]
            guard !near.contains(where: { $0.contains("// SAFETY:") }) else { return nil }
            return Violation(
                path: path, line: index + 1, message: "\(found) needs '// SAFETY:' in the 8 lines above it")
        }
    }

    /// Work that is left undone has an issue that says so.
    static func openWork(path: String, text: String) -> [Violation] {
        SwiftText(text).comments.enumerated().compactMap { index, line in
            guard ["TODO", "FIXME"].contains(where: line.contains) else { return nil }
            let hasIssue = line.split(separator: "#").dropFirst().contains { $0.first?.isNumber ?? false }
            guard !hasIssue else { return nil }
            return Violation(path: path, line: index + 1, message: "open work without an issue number, such as #12")
        }
    }

    /// Every file says whose it is and how it may be used.
    static func header(path: String, text: String) -> [Violation] {
        let lines = ["SPDX-FileCopyrightText: the Martlet authors", "SPDX-License-Identifier: Apache-2.0"]
        let isSwift = path.hasSuffix(".swift")
        let complete =
            isSwift
            ? text.hasPrefix(lines.map { "// \($0)\n" }.joined())
            : lines.allSatisfy { line in text.split(separator: "\n").prefix(5).contains { $0.contains(line) } }
        return complete ? [] : [Violation(path: path, line: 1, message: "the two SPDX lines are missing")]
    }

    /// A file is named by what it holds.
    static func fileName(path: String, text: String) -> [Violation] {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let words = camelWords(name.prefix { $0 != "." })
        guard let vague = vagueNames.first(where: words.contains) else { return [] }
        return [Violation(path: path, line: 1, message: "'\(vague)' in a file name says nothing about what it holds")]
    }

    /// The target that a path belongs to.
    static func target(of path: String) -> String? {
        let parts = path.split(separator: "/").map(String.init)
        if parts.first == "Benchmarks" { return "Benchmarks" }
        return parts.first == "Sources" && parts.count > 2 ? parts[1] : nil
    }

    /// The module that a line of code imports.
    static func importedModule(_ line: String) -> String? {
        var words = line.split(whereSeparator: { $0 == " " || $0 == ";" })[...]
        let modifiers: Set = ["public", "package", "internal", "fileprivate", "private"]
        while let word = words.first, word.hasPrefix("@") || modifiers.contains(String(word)) { words.removeFirst() }
        guard words.popFirst() == "import" else { return nil }
        let kinds: Set = ["struct", "class", "enum", "func", "protocol", "typealias", "let", "var"]
        if let word = words.first, kinds.contains(String(word)) { words.removeFirst() }
        return words.first.map { String($0.prefix { $0 != "." }) }
    }

    /// Whether a call is in a line, and not as the end of a longer word or a method of something else.
    private static func contains(_ line: String, call: String) -> Bool {
        var rest = line[...]
        while let range = rest.firstRange(of: call) {
            let before = range.lowerBound > line.startIndex ? line[line.index(before: range.lowerBound)] : " "
            if !before.isLetter, !before.isNumber, before != "_", before != "." { return true }
            rest = line[range.upperBound...]
        }
        return false
    }

    /// The words of a name: `FooBarV2+Baz` has `Foo`, `Bar`, `V2` and `Baz`.
    private static func camelWords(_ name: Substring) -> [String] {
        var words: [String] = []
        var previous: Character = " "
        for character in name {
            let isBoundary = character.isUppercase && !previous.isUppercase
            if words.isEmpty || isBoundary || !(character.isLetter || character.isNumber) {
                words.append("")
            }
            if character.isLetter || character.isNumber { words[words.count - 1].append(character) }
            previous = character
        }
        return words
    }
}
