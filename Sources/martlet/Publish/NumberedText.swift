// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A text of the command line in which `{n}` stands for the number of the line.
struct NumberedText {
    /// The text as it was given.
    let text: String
    private let parts: [[UInt8]]

    init(_ text: String) {
        self.text = text
        parts = text.split(separator: "{n}", omittingEmptySubsequences: false).map { Array($0.utf8) }
    }

    /// Whether each line has a text of its own.
    var isNumbered: Bool { parts.count > 1 }

    /// The text for a line, from 1.
    func bytes(_ number: Int) -> [UInt8] {
        isNumbered ? Array(parts.joined(separator: "\(number)".utf8)) : parts.first ?? []
    }
}
