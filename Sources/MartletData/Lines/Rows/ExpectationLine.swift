// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A process that is to get a message on a topic.
struct ExpectationLine: Codable {
    static let type = "expectation"
    var type = ExpectationLine.type
    var process: LineBytes
    var topic: String
    var name: LineBytes?
    var due: UInt64
}
