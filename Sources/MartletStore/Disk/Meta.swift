// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The rows of `meta`: small numbers and lists by name.
enum Meta: String {
    /// The version of the file's layout.
    case schema
    /// The random number with which ids are hashed, so that ids that collide cannot be chosen.
    case idKey = "id-key"
    /// The random number that the file shares with its journal, and no other file has.
    case journal
    /// The id of the next topic.
    case nextTopic = "next-topic"
    /// The id of the next subscription or position.
    case nextSubscription = "next-subscription"
    /// What is still to be swept.
    case sweeps

    func withKey<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try Self.withBytes(of: rawValue, body)
    }

    static func withBytes<Result>(
        of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        var name = name
        return try name.withUTF8 { try body(UnsafeRawBufferPointer($0)) }
    }
}
