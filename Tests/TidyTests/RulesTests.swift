// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

/// Every rule is fed what it forbids, since a rule that cannot fail guards nothing.
struct RulesTests {
    private let path = "Sources/MartletBroker/Broker.swift"

    @Test(arguments: [
        ("MartletBroker", "import NIOPosix"), ("MartletBroker", "import CLMDB"), ("MartletBroker", "import LMDB"),
        ("MartletServer", "import MartletStore"), ("MartletClient", "package import MartletBroker"),
        ("MartletBroker", "import Foundation"), ("MartletStore", "import FoundationEssentials"),
        ("MartletStore", "@preconcurrency import NIOCore"), ("LMDB", "import MartletProtocol"),
        ("MartletProtocol", "import struct NIOPosix.Thing"), ("MartletServer", "import CCRC32C"),
        ("MartletAdmin", "internal import MartletServer"), ("Unheard", "import Logging"),
    ])
    func `a forbidden import is found`(target: String, line: String) {
        let violations = Rules.imports(path: "Sources/\(target)/File.swift", text: "// header\n\(line)\n")
        #expect(violations.map(\.line) == [2])
    }

    @Test(arguments: [
        ("MartletBroker", "import MartletStore"), ("MartletServer", "package import Logging"),
        ("MartletStore", "import CCRC32C"), ("martlet", "import FoundationEssentials"),
        ("MartletBroker", "// import NIOPosix"), ("MartletBroker", "let text = \"import NIOPosix\""),
    ])
    func `an allowed import is not found`(target: String, line: String) {
        #expect(Rules.imports(path: "Sources/\(target)/File.swift", text: line) == [])
    }

    @Test func `Benchmarks must not import the broker`() {
        #expect(Rules.imports(path: "Benchmarks/Main.swift", text: "import MartletBroker").count == 1)
        #expect(Rules.imports(path: "Benchmarks/Load/Main.swift", text: "import MartletTestKit") == [])
    }

    @Test func `a file of 401 lines is found and one of 400 is not`() {
        #expect(Rules.fileLength(path: path, text: String(repeating: "\n", count: 400)) == [])
        #expect(Rules.fileLength(path: path, text: String(repeating: "\n", count: 401)).count == 1)
    }

    @Test func `a line of 121 columns is found and one of 120 is not`() {
        #expect(Rules.lineLength(path: path, text: String(repeating: "x", count: 120)) == [])
        let text = "\n" + String(repeating: "x", count: 121)
        #expect(Rules.lineLength(path: path, text: text).map(\.line) == [2])
    }

    @Test(arguments: [
        "func f() {", "init(a: Int = { 1 }()) {", "init?() {", "subscript(i: Int) -> Int {", "var x: Int {", "deinit {",
        "func f<T>(\n    a: [T]\n) async throws(Failure) -> [T] where T: Equatable {",
        "protocol P {\n    func g() -> Int\n    var y: Int { get }\n}\nfunc f() {",
        "let text = \"}{ \\(name(\"}\")) {{{\"\nfunc f() {",
    ])
    func `a function of 71 lines is found and one of 70 is not`(opening: String) {
        let head = opening.split(separator: "\n")
        let functionHead = opening.contains("protocol") || opening.contains("let text") ? 1 : head.count
        func text(_ lines: Int) -> String {
            opening + String(repeating: "\n    call(\"{\") // {", count: lines - functionHead - 1) + "\n}\n"
        }
        #expect(Rules.functionLength(path: path, text: text(70)) == [])
        #expect(Rules.functionLength(path: path, text: text(71)).count == 1)
    }

    @Test(arguments: [
        "print(1)", "debugPrint(1)", "try await Task.sleep(for: .seconds(1))", "fatalError()", "Task { }", "Task{ }",
        "Task.detached { }", "_ = \"\\(print(1))\"",
    ])
    func `a banned call is found`(line: String) {
        #expect(Rules.bannedCalls(path: path, text: "\n\(line)").map(\.line) == [2])
    }

    @Test(arguments: ["fingerprint(1)", "// print(1)", "\"print(1)\"", "printer.print(1)", "withTask { }"])
    func `what only looks like a banned call is not found`(line: String) {
        #expect(Rules.bannedCalls(path: path, text: line) == [])
    }

    @Test func `the command line may print but not sleep`() {
        #expect(Rules.bannedCalls(path: "Sources/martlet/A.swift", text: "print(1)") == [])
        #expect(Rules.bannedCalls(path: "Sources/martlet/A.swift", text: "Task.sleep").count == 1)
    }

    @Test(arguments: [
        "final class A: @unchecked Sendable {}", "nonisolated(unsafe) var a = 1", "try! f()",
        "unsafeBitCast(a, to: B.self)",
        "p.assumingMemoryBound(to: Int.self)", "p.bindMemory(to: Int.self)", "Unmanaged.passRetained(a)",
        "p.withMemoryRebound(to: Int.self) {}", "unowned(unsafe) let a: A", "unsafeDowncast(a, to: B.self)",
    ])
    func `what is unsafe needs a reason near it`(line: String) {
        #expect(Rules.safety(path: path, text: line).count == 1)
        #expect(Rules.safety(path: path, text: "// SAFETY: one owner.\n" + line) == [])
        #expect(Rules.safety(path: path, text: "// SAFETY: far." + String(repeating: "\n", count: 8) + line) == [])
        #expect(Rules.safety(path: path, text: "// SAFETY: far." + String(repeating: "\n", count: 9) + line).count == 1)
        #expect(Rules.safety(path: path, text: "let a = \"// SAFETY: no\"\n" + line).count == 1)
    }

    @Test func `open work needs an issue number`() {
        #expect(Rules.openWork(path: path, text: "// TODO: later").count == 1)
        #expect(Rules.openWork(path: path, text: "/* FIXME */").count == 1)
        #expect(Rules.openWork(path: path, text: "// TODO: later (#12)") == [])
        #expect(Rules.openWork(path: path, text: "let a = \"TODO\"") == [])
    }

    @Test func `an article without its title at the top is found`() {
        let path = "Sources/A/A.docc/B.md"
        let end = "<!-- SPDX-FileCopyrightText: the Martlet authors -->\n<!-- SPDX-License-Identifier: Apache-2.0 -->\n"
        #expect(Rules.article(path: path, text: "# B\n\nText.\n\n" + end) == [])
        #expect(Rules.article(path: path, text: end + "\n# B\n\nText.\n").count == 1)
        #expect(Rules.article(path: path, text: "# B\n\nText.\n").count == 1)
        #expect(Rules.article(path: "Sources/A/B.md", text: "Text.\n") == [])
    }

    @Test func `a missing header is found`() {
        let header = "// SPDX-FileCopyrightText: the Martlet authors\n// SPDX-License-Identifier: Apache-2.0\n"
        #expect(Rules.header(path: path, text: header + "\nimport A\n") == [])
        #expect(Rules.header(path: path, text: "\n" + header).count == 1)
        #expect(Rules.header(path: path, text: "import A\n").count == 1)
        #expect(Rules.header(path: "Sources/CCRC32C/a.c", text: "/*\n" + header + "*/\n") == [])
        #expect(Rules.header(path: "Sources/CCRC32C/a.c", text: "int a;\n").count == 1)
    }

    @Test(arguments: [
        "let now = Date.now", "let now = ContinuousClock.now", "let lock = Mutex(0)", "Int.random(in: 0..<3)",
        "let lock = Lock(0)", "let lock: Lock<Int>",
        "list.shuffled()", "list.randomElement()", "import Glibc", "let key = UInt64.random(in: .min ... .max)",
        "func f() async {", "clock_gettime(CLOCK_REALTIME, &time)", "let flag = Atomic<Int>(0)", "id.hashValue",
        "var generator = SystemRandomNumberGenerator()", "let now = NIODeadline.now()",
    ])
    func `what makes the core impure is found`(line: String) {
        #expect(!Rules.purity(path: path, text: "\n\(line)").isEmpty)
        #expect(Rules.purity(path: "Sources/MartletService/A.swift", text: line) == [])
    }

    @Test(arguments: [
        "self.now = now", "broker.now.wall", "Int.random(in: 0..<3, using: &random)", "// Date.now",
        "list.shuffled(using: &random)",
        "let nowhere = Place.nowhere", "mutexes.count", "let lock = try FolderLock(path)", "locks.count",
    ])
    func `what only looks impure is not found`(line: String) {
        #expect(Rules.purity(path: path, text: line) == [])
    }

    @Test(arguments: ["let a = Mutex(0)", "let a: Mutex<Int>", "let a = NIOLock()", "let a = NSLock()"])
    func `a lock of another kind is found`(line: String) {
        #expect(Rules.locks(path: path, text: line).count == 1)
        #expect(Rules.locks(path: "Sources/MartletLock/Lock.swift", text: line) == [])
        #expect(Rules.locks(path: path, text: "let a = Lock(0) // not a Mutex") == [])
    }

    @Test func `fields of a message without a name are found`() {
        let line = "if let fields = try message(at: offset, subscription)?.fields {"
        #expect(Rules.fields(path: path, text: line).count == 1)
        #expect(Rules.fields(path: path, text: "if let fields = message?.fields {") == [])
    }

    @Test(arguments: ["var time = timespec()", "let limit: timeval"])
    func `a time of C is found where NIO declares it too`(line: String) {
        #expect(Rules.times(path: "Sources/martlet/A.swift", text: line).count == 1)
        #expect(Rules.times(path: "Sources/MartletService/A.swift", text: line) == [])
        #expect(Rules.times(path: "Sources/martlet/A.swift", text: "let timespecs = 1") == [])
    }

    @Test(arguments: ["for topic in topics.values {", "let all = rows.keys.map(f)", "topics.values.forEach(f)"])
    func `a walk in the order of a hash table is found`(line: String) {
        #expect(Rules.order(path: path, text: line).count == 1)
        #expect(Rules.order(path: path, text: "// ORDER: each is forgotten alone.\n" + line) == [])
        #expect(
            Rules.order(
                path: path,
                text: line.replacing(".values", with: ".values.sorted(by: f)").replacing(
                    ".keys", with: ".keys.sorted()")) == [])
    }

    @Test(arguments: ["ByteUtils", "TestHelpers", "TopicManager", "NewBroker", "BrokerV2", "Broker+Utils"])
    func `a vague file name is found`(name: String) {
        #expect(Rules.fileName(path: "Sources/A/\(name).swift", text: "").count == 1)
    }

    @Test(arguments: ["Broker", "Newspaper", "Broker+StateMachine", "LMDBError", "CRC32C"])
    func `a telling file name is not found`(name: String) {
        #expect(Rules.fileName(path: "Sources/A/\(name).swift", text: "") == [])
    }

    @Test func `comments and strings are told from code`() {
        let text = SwiftText("a /* b /* c */ */ d // e\n#\"x\"y\\#(z)\"# + \"\"\"\n q \"\" \\(r)\n\"\"\" s")
        let code = text.code.map { $0.split(separator: " ").joined(separator: " ") }
        #expect(code == ["a d", "#\" \\#(z)\"# + \"\"\"", "\\(r)", "\"\"\" s"])
        #expect(text.comments[0].contains("// e"))
    }
}
