// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

// The commands of transactions, records and receipts.
extension CommandParser {
    static func begin(_ fields: inout FieldReader) -> Command {
        do throws(Refusal) {
            var id: [UInt8]?
            var options = Options()
            while let option = try options.next(&fields) {
                guard option.isNamed("id") else { throw option.unknown }
                id = try Value.identifier(option.required(), "id")
            }
            return .begin(id: id, refusal: nil)
        } catch {
            return .begin(id: nil, refusal: error)
        }
    }

    static func outcome(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let id = try Value.identifier(fields.required("id"), "id", code: .badArgument)
        try fields.end()
        return .outcome(id: id)
    }

    static func get(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let (space, key) = try record(&fields)
        try fields.end()
        return .get(space: space, key: key)
    }

    private static func record(_ fields: inout FieldReader) throws(Refusal) -> (space: String, key: [UInt8]) {
        let space = try Value.name(fields.required("space"), "space")
        return (space, try Value.identifier(fields.required("key"), "key", code: .badArgument))
    }

    /// `SET`, whose value has been found behind the line.
    static func set(
        _ line: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer
    ) throws(Refusal) -> Command {
        var fields = FieldReader(line)
        _ = try fields.next()
        let (space, key) = try record(&fields)
        // The length was read to find the value.
        _ = try fields.next()
        var set = SetRecord(space: space, key: key, value: Array(value))
        var hasVersion = false
        var options = Options()
        while let option = try options.next(&fields) {
            if option.isNamed("version") {
                set.expected = try version(option.required())
                hasVersion = true
            } else if option.isNamed("ttl") {
                set.lifetime = try Value.duration(option.required(), "ttl", 1...Limits.lifetime)
            } else {
                throw option.unknown
            }
        }
        guard hasVersion else { throw missingVersion }
        return .set(set)
    }

    static func unset(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let (space, key) = try record(&fields)
        var expected: RecordVersion?
        var options = Options()
        while let option = try options.next(&fields) {
            guard option.isNamed("version") else { throw option.unknown }
            expected = try version(option.required())
        }
        guard let expected else { throw missingVersion }
        return .unset(space: space, key: key, expected: expected)
    }

    static func check(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let (space, key) = try record(&fields)
        var version: UInt64?
        var options = Options()
        while let option = try options.next(&fields) {
            guard option.isNamed("version") else { throw option.unknown }
            version = Value.number(try option.required())
            if version == nil { throw missingCheckedVersion }
        }
        guard let version else { throw missingCheckedVersion }
        return .check(space: space, key: key, version: version)
    }

    private static var missingCheckedVersion: Refusal {
        Refusal(.badOption, "version: expected the version that the record must have, or 0 for none")
    }

    private static func version(_ value: UnsafeRawBufferPointer) throws(Refusal) -> RecordVersion {
        if value.elementsEqual("any".utf8) { return .any }
        guard let version = Value.number(value) else { throw missingVersion }
        return .exactly(version)
    }

    private static var missingVersion: Refusal {
        Refusal(.badOption, "version: expected the version that the record has, 0 for none, or any")
    }

    static func list(_ fields: inout FieldReader) throws(Refusal) -> Command {
        var list = ListRecords(space: try Value.name(fields.required("space"), "space"))
        var options = Options()
        while let option = try options.next(&fields) {
            if option.isNamed("prefix") {
                list.prefix = try Value.identifier(option.required(), "prefix")
            } else if option.isNamed("after") {
                list.after = try Value.identifier(option.required(), "after")
            } else if option.isNamed("limit") {
                list.limit = Int(try Value.number(option.required(), "limit", 1...UInt64(Limits.list)))
            } else {
                throw option.unknown
            }
        }
        return .list(list)
    }

    static func receipt(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let consumer = try consumer(&fields)
        let key = try Value.identifier(fields.required("key"), "key", Limits.receiptKey, code: .badArgument)
        let outcome = try Value.text(fields.required("outcome"), "outcome", Limits.outcome, code: .badArgument)
        var receipt = WriteReceipt(consumer: consumer, key: key, outcome: outcome)
        var options = Options()
        while let option = try options.next(&fields) {
            guard option.isNamed("keep") else { throw option.unknown }
            receipt.lifetime = try Value.duration(option.required(), "keep", 1...Limits.lifetime)
        }
        return .receipt(receipt)
    }
}
