// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol
import NIOCore

/// The state of a process, or any other record that the broker keeps.
public struct Record: Sendable, Hashable {
    /// Grows by one with each change, from 1.
    public var version: UInt64
    /// When it was set, in Unix milliseconds.
    public var time: UInt64
    /// When it goes away, in Unix milliseconds, or nothing.
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

/// A record without its value, as a listing shows it.
public struct RecordSummary: Sendable, Hashable {
    /// Its key.
    public var key: String
    /// Its version.
    public var version: UInt64
    /// When it was set, in Unix milliseconds.
    public var time: UInt64
    /// When it goes away, in Unix milliseconds, or nothing.
    public var expires: UInt64?
    /// How many bytes its value has.
    public var length: Int
}

/// Which version a record must have for a change to be made.
public enum ExpectedVersion: Sendable, Hashable {
    /// Exactly this one.
    case version(UInt64)
    /// There must be no such record.
    case absent
    /// Whatever it is.
    case any

    var text: String {
        switch self {
        case .version(let version): "\(version)"
        case .absent: "0"
        case .any: "any"
        }
    }
}

/// What became of a transaction.
public enum TransactionOutcome: String, Sendable, Hashable {
    /// All of it happened.
    case committed
    /// None of it happened.
    case aborted
    /// The broker does not know the id, or has forgotten it; it remembers for 24 hours.
    case unknown
}

/// The commands about records.
enum RecordCommand {
    static func place(_ space: String, _ key: String) throws(ClientError) -> String {
        try Check.name(space, "space")
        try Check.identifier(key, "key")
        return "\(space) \(Outgoing.field(key))"
    }

    static func set(
        _ space: String, _ key: String, _ value: [UInt8], version: String, ttl: Duration?, to frame: inout ByteBuffer
    ) throws(ClientError) {
        try Check.length(value.count, "value", StepLimits.value)
        var line = "SET \(try place(space, key)) \(value.count) version=\(version)"
        if let ttl { line += " ttl=\(ttl.milliseconds)ms" }
        frame.writeString(line + "\n")
        frame.writeBytes(value)
        frame.writeInteger(UInt8(ascii: "\n"))
    }

    static func unset(
        _ space: String, _ key: String, version: String, to frame: inout ByteBuffer
    ) throws(ClientError) {
        frame.writeString("UNSET \(try place(space, key)) version=\(version)\n")
    }
}
