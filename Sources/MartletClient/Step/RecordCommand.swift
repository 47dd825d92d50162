// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

/// The commands about records, checked.
enum RecordCommand {
    static func get(_ space: String, _ key: String) throws(ClientError) -> Command {
        try check(space, key)
        return .get(space: space, key: Array(key.utf8))
    }

    static func set(
        _ space: String, _ key: String, _ value: [UInt8], version: RecordVersion, ttl: Duration?
    ) throws(ClientError) -> Command {
        try check(space, key)
        try Check.length(value.count, "value", Limits.record)
        return .set(
            SetRecord(
                space: space, key: Array(key.utf8), expected: version, lifetime: ttl.map { Int($0.milliseconds) },
                value: value))
    }

    static func unset(_ space: String, _ key: String, version: RecordVersion) throws(ClientError) -> Command {
        try check(space, key)
        return .unset(space: space, key: Array(key.utf8), expected: version)
    }

    static func check(_ space: String, _ key: String, version: UInt64) throws(ClientError) -> Command {
        try check(space, key)
        return .check(space: space, key: Array(key.utf8), version: version)
    }

    private static func check(_ space: String, _ key: String) throws(ClientError) {
        try Check.name(space, "space")
        try Check.identifier(key, "key")
    }
}
