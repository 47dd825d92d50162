// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The last line of an export, so that one that was cut off is found.
struct EndLine: Codable {
    static let type = "end"

    var type = EndLine.type
    /// Lines before this one.
    var lines: Int
    /// Messages among them.
    var messages: Int
}
