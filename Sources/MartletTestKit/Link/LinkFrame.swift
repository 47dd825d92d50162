// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// One whole frame on its way through a `FaultyLink`: a line, and the data behind it.
public struct LinkFrame: Sendable, Equatable {
    /// The line, without its end.
    public let line: String
    /// The frame as it came, line ends included.
    public let bytes: [UInt8]

    /// The fields of the line, the word first.
    public var fields: [Substring] { line.split(separator: " ", omittingEmptySubsequences: false) }

    /// The command, reply or push that it is, such as `PUB`, `OK` or `MSG`.
    public var word: Substring { line.prefix { $0 != " " } }
}
