// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

/// The rules about shape find what they are for, and nothing else.
struct ShapeRulesTests {
    @Test func `a second type in a file is found, a private or nested one is not`() {
        let one = "package struct One {\n    struct Nested {}\n}\nprivate enum Hidden {}\nextension One {}\n"
        #expect(Rules.mainType(path: "Sources/A/One.swift", text: one) == [])
        #expect(Rules.mainType(path: "Sources/A/One.swift", text: one + "public final class Two {}\n").count == 1)
        #expect(Rules.types(in: one + "indirect enum Two: Int {}\nactor Three {}") == ["One", "Two", "Three"])
    }

    @Test func `a name in two targets is found unless it is of both ends of a connection`() {
        func files(_ name: String, _ second: String) -> [(path: String, text: String)] {
            [("Sources/A/1.swift", "struct \(name) {}"), ("Sources/\(second)/2.swift", "final class \(name) {}")]
        }
        #expect(Rules.names(of: files("Table", "B")).count == 1)
        #expect(Rules.names(of: files("Table", "A")) == [])
        #expect(Rules.names(of: files("Lease", "B")) == [])
    }

    @Test func `a folder of twenty files is a room, and one more makes it a hall`() {
        let paths = (1...20).map { "Sources/A/F\($0).swift" }
        #expect(Rules.folders(of: paths + ["Sources/A/B/F.swift"]) == [])
        #expect(Rules.folders(of: paths + ["Sources/A/F.swift"]).count == 1)
    }

    @Test func `a translator's words are found in comments only`() {
        #expect(Rules.plainWords(path: "Sources/A/F.swift", text: "let a = \"whoever\" // nil when none").isEmpty)
        #expect(Rules.plainWords(path: "Sources/A/F.swift", text: "/// The value, or nothing when none.").count == 1)
    }
}
