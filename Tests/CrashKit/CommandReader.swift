// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Cuts what a client sends into commands.
struct CommandReader {
    struct Command: Equatable {
        var words: [String]
        var data: [UInt8] = []

        /// The value of an option.
        func option(_ name: String) -> String? {
            words.first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
        }

        /// Whether the broker answers it.
        var isAnswered: Bool { words.first != "PONG" }
    }

    private var input: [UInt8] = []
    private var start = 0

    mutating func append(_ bytes: some Collection<UInt8>) {
        input.removeFirst(start)
        start = 0
        input.append(contentsOf: bytes)
    }

    /// The next command that is all here.
    mutating func next() -> Command? {
        guard let end = input[start...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = String(decoding: input[start..<end], as: UTF8.self)
        let words = line.split(separator: " ").map(String.init)
        let place: Int? =
            switch words.first {
            case "PUB": 2
            case "SET": 3
            default: nil
            }
        guard let place, place < words.count, let length = Int(words[place]) else {
            start = end + 1
            return Command(words: words)
        }
        guard input.count > end + 1 + length else { return nil }
        start = end + 1 + length + 1
        return Command(words: words, data: Array(input[(end + 1)..<(end + 1 + length)]))
    }

    /// The numbers of a list of tags.
    static func tags(_ list: String) -> [Int] {
        list.split(separator: ",").flatMap { part -> [Int] in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last else { return [] }
            return Array(first...last)
        }
    }
}
