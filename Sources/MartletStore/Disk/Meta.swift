// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The rows of `meta`: small numbers and lists by name.
enum Meta: String {
    /// The version of the file's layout.
    case schema
    /// A random number that the file got when it was made.
    case seal
    /// The id of the next topic.
    case nextTopic = "next-topic"
    /// The id of the next subscription.
    case nextSubscription = "next-subscription"
    /// What is still to be swept.
    case sweeps

    func withKey<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        var name = rawValue
        return try name.withUTF8 { try body(UnsafeRawBufferPointer($0)) }
    }
}
