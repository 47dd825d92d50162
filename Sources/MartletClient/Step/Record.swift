// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The state of a process, or any other record that the broker keeps.
public struct Record: Sendable, Hashable {
    /// Grows by one with each change, from 1.
    public var version: UInt64
    /// When it was set, in Unix milliseconds.
    public var time: UInt64
    /// When it expires, in Unix milliseconds; nil means never.
    public var expires: UInt64?
    /// What it holds.
    public var value: [UInt8]

    /// Makes a record, as tests do.
    public init(version: UInt64, time: UInt64 = 0, expires: UInt64? = nil, value: [UInt8]) {
        self.version = version
        self.time = time
        self.expires = expires
        self.value = value
    }
}
