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

    /// An article begins with its title, since DocC takes it for no article else; whose it is stands at its end.
    static func article(path: String, text: String) -> [Violation] {
        guard path.contains(".docc/") else { return [] }
        guard text.hasPrefix("# ") else {
            return [Violation(path: path, line: 1, message: "an article begins with its title")]
        }
        return header(path: path, text: text.split(separator: "\n").suffix(2).joined(separator: "\n"))
    }

    /// Targets whose code must give the same for the same input: no clock, lock, thread, chance or order of its own.
    static let pureTargets: Set = ["MartletModel", "MartletStore", "MartletBroker"]

    /// What a pure target must not name, and why.
    static let impure: [(word: String, reason: String)] = [
        (".now", "time is handed in"), ("Date(", "time is handed in"), ("ContinuousClock", "time is handed in"),
        ("SuspendingClock", "time is handed in"), ("clock_gettime", "time is handed in"),
        ("gettimeofday", "time is handed in"),
        ("SystemRandomNumberGenerator", "chance comes from the seed"), ("arc4random", "chance comes from the seed"),
        ("Mutex", "one thread at a time owns it"), ("Lock", "one thread at a time owns it"),
        ("Atomic<", "one thread at a time owns it"),
        ("pthread_", "it has no thread"), ("Task {", "it has no task"), ("async ", "it is synchronous"),
        ("await ", "it is synchronous"),
        ("Hasher()", "the order of hashes differs from run to run"), ("hashValue", "hashes differ from run to run"),
    ]

    /// Where the core calls the system: to compare bytes, for memory in large pages, and in debug builds.
    static let systemAllowed: Set = [
        "Sources/MartletBroker/Commands/TopicNames.swift",
        "Sources/MartletBroker/Dedup/IDSlots.swift", "Sources/MartletStore/Disk/File/Folder.swift",
        "Sources/MartletStore/Disk/File/FolderLock.swift", "Sources/MartletStore/Journal/JournalSegment.swift",
        "Sources/MartletStore/PlantedBug.swift",
    ]

    /// The core is pure.
    static func purity(path: String, text: String) -> [Violation] {
        guard let target = target(of: path), pureTargets.contains(target) else { return [] }
        return SwiftText(text).code.enumerated().flatMap { index, line -> [Violation] in
            var reasons = impure.filter { mentions(line, $0.word) }.map { "\($0.word): \($0.reason)" }
            if line.contains("random("), !line.contains("using:") {
                reasons.append("random: chance comes from the seed; say using:")
            }
            if line.contains(".random,") || line.contains("shuffled()") || line.contains("randomElement()") {
                reasons.append("random: chance comes from the seed; say using:")
            }
            let module = importedModule(line)
            if ["Glibc", "Musl", "Darwin"].contains(module), !systemAllowed.contains(path) {
                reasons.append("import \(module ?? ""): the core does not call the system")
            }
            return reasons.map { Violation(path: path, line: index + 1, message: $0) }
        }
    }

    /// Locks stand in one place, where the thread sanitizer can see them.
    static func locks(path: String, text: String) -> [Violation] {
        guard !path.hasPrefix("Sources/MartletLock/") else { return [] }
        return SwiftText(text).code.enumerated().flatMap { index, line in
            ["Mutex", "NIOLock", "NIOLockedValueBox", "NSLock"].filter { mentions(line, $0) }.map {
                Violation(path: path, line: index + 1, message: "\($0): use Lock, which the thread sanitizer sees")
            }
        }
    }

    /// C's times are declared by a module of NIO too; an optimized build takes them from there, and does not compile.
    static func times(path: String, text: String) -> [Violation] {
        guard path.hasPrefix("Sources/"), !["MartletService", "MartletSQLite"].contains(target(of: path)) else {
            return []
        }
        return SwiftText(text).code.enumerated().flatMap { index, line in
            ["timespec", "timeval"].filter { mentions(line, $0) }.map {
                Violation(path: path, line: index + 1, message: "\($0): use Date, which optimized builds find too")
            }
        }
    }

    /// The fields of a message are bytes that it owns; one without a name is gone before they are read.
    static func fields(path: String, text: String) -> [Violation] {
        guard let target = target(of: path), pureTargets.contains(target) else { return [] }
        return SwiftText(text).code.enumerated().filter { $0.element.contains(")?.fields") }.map {
            Violation(path: path, line: $0.offset + 1, message: "?.fields: use withFields, for which the message lives")
        }
    }

    private static func mentions(_ line: String, _ word: String) -> Bool {
        guard let range = line.firstRange(of: word) else { return false }
        let before = range.lowerBound > line.startIndex ? line[line.index(before: range.lowerBound)] : " "
        let after = range.upperBound < line.endIndex ? line[range.upperBound] : " "
        if word.last?.isLetter == true, after.isLetter || after.isNumber { return false }
        return word.first == "."
            ? before.isUppercase || before.isLetter && startsWithType(line, range.lowerBound)
            : !(before.isLetter || before.isNumber || before == "_")
    }

    /// Whether the word before a dot is the name of a type: `Date.now`, and not `self.now` or `broker.now`.
    private static func startsWithType(_ line: String, _ dot: String.Index) -> Bool {
        let word = line[..<dot].reversed().prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        return word.last?.isUppercase == true
    }

    /// What is walked in the order of a hash table is sorted, counted, or said to have no order that can be seen.
    ///
    /// `// ORDER:` with the reason stands within three lines before.
    static func order(path: String, text: String) -> [Violation] {
        guard let target = target(of: path), pureTargets.contains(target) else { return [] }
        let source = SwiftText(text)
        return source.code.enumerated().compactMap { index, line in
            guard line.contains(".values") || line.contains(".keys"), !line.contains("func ") else { return nil }
            let orderless = [
                ".sorted", ".contains", ".count", ".min(", ".max(", ".allSatisfy", ".reduce(0)", ".isEmpty",
                ".first?.value",
            ]
            let nearby = source.code[index..<min(index + 2, source.code.count)].joined()
            if orderless.contains(where: nearby.contains) { return nil }
            let before = source.comments[max(0, index - 3)...index].joined()
            if before.contains("ORDER:") { return nil }
            return Violation(path: path, line: index + 1, message: "walks a hash table in an order of its own")
        }
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
