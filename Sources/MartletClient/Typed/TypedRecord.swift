// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A record whose value has a type.
public struct TypedRecord<Value: Sendable>: Sendable {
    /// Grows by one with each change, from 1; 0 while it is set by a step that is not committed.
    public var version: UInt64
    /// When it was set, in Unix milliseconds.
    public var time: UInt64
    /// When it expires, in Unix milliseconds; nil means never.
    public var expires: UInt64?
    /// What it holds.
    public var value: Value

    /// Makes a record, as tests do.
    public init(version: UInt64, time: UInt64 = 0, expires: UInt64? = nil, value: Value) {
        self.version = version
        self.time = time
        self.expires = expires
        self.value = value
    }
}
