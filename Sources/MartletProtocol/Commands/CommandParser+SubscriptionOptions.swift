// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

// The settings of a subscription, which SUB, CREATE and ALTER take.
extension CommandParser {
    static func apply(_ option: Option, to settings: inout SubscriptionOptions) throws(Refusal) {
        if option.isNamed("lease") {
            settings.lease = try Value.duration(option.required(), "lease", Limits.leaseFloor...Limits.leaseCeiling)
        } else if option.isNamed("max-failures") {
            settings.maxFailures = Int(try Value.number(option.required(), "max-failures", 1...Limits.failures))
        } else if option.isNamed("max-deliveries") {
            settings.maxDeliveries = Int(try Value.number(option.required(), "max-deliveries", 1...Limits.deliveries))
        } else if option.isNamed("backoff") {
            settings.backoff = try backoff(option.required())
        } else if option.isNamed("ephemeral") {
            try option.bare()
            settings.ephemeral = true
        } else if option.isNamed("expect") {
            settings.expect = try Value.durationOrNone(option.required(), "expect", 1...Limits.duration)
        } else if option.isNamed("expire-after") {
            settings.expireAfter = try Value.durationOrNone(option.required(), "expire-after", 1...Limits.duration)
        } else {
            try applyWord(option, to: &settings)
        }
    }

    /// The settings whose values are words, and the filter.
    private static func applyWord(_ option: Option, to settings: inout SubscriptionOptions) throws(Refusal) {
        if option.isNamed("order") {
            guard let order = Order(word: String(decoding: try option.required(), as: UTF8.self)) else {
                throw Refusal(.badOption, "order: expected none, key or all")
            }
            settings.order = order
        } else if option.isNamed("on-poison") {
            guard let action = OnPoison(word: String(decoding: try option.required(), as: UTF8.self)) else {
                throw Refusal(.badOption, "on-poison: expected dead or park")
            }
            settings.onPoison = action
        } else if option.isNamed("on-expire") {
            guard let action = OnExpire(word: String(decoding: try option.required(), as: UTF8.self)) else {
                throw Refusal(.badOption, "on-expire: expected drop or dead")
            }
            settings.onExpire = action
        } else if option.isNamed("where") {
            var filter = settings.filter ?? Filter()
            (filter.header, filter.value) = try header(option.required())
            settings.filter = filter
        } else if option.isNamed("key-prefix") {
            var filter = settings.filter ?? Filter()
            filter.keyPrefix = try Value.identifier(option.required(), "key-prefix")
            settings.filter = filter
        } else {
            throw option.unknown
        }
    }

    /// A header's name and the value that it must have; one that no header can have is refused.
    private static func header(_ field: UnsafeRawBufferPointer) throws(Refusal) -> (name: String, value: [UInt8]) {
        guard let colon = field.firstIndex(of: ASCII.colon),
            HeaderBlock.isName(UnsafeRawBufferPointer(rebasing: field[..<colon]))
        else {
            throw Refusal(
                .badOption,
                "where: expected <header>:<value>, the header as 1 to \(Limits.headerName) of A-Z a-z 0-9 . _ -")
        }
        let value = UnsafeRawBufferPointer(rebasing: field[(colon + 1)...])
        return (
            String(decoding: field[..<colon], as: UTF8.self),
            Array(try Value.text(value, "where", Limits.filterValue).utf8)
        )
    }

    /// Where reading begins; `name` is the field's, as `code` is that of its error.
    static func start(
        _ value: UnsafeRawBufferPointer, _ name: StaticString, code: ErrorCode
    ) throws(Refusal) -> Start {
        if value.elementsEqual("earliest".utf8) { return .earliest }
        if value.elementsEqual("new".utf8) { return .new }
        if value.starts(with: "offset:".utf8),
            let offset = Value.number(UnsafeRawBufferPointer(rebasing: value[7...])), offset > 0
        {
            return .offset(offset)
        }
        if value.starts(with: "time:".utf8),
            let time = Value.number(UnsafeRawBufferPointer(rebasing: value[5...]))
        {
            return .time(time)
        }
        throw Refusal(code, "\(name): expected earliest, new, offset:<n> or time:<ms>")
    }

    private static func backoff(_ value: UnsafeRawBufferPointer) throws(Refusal) -> [Int] {
        let parts = value.split(separator: ASCII.comma, omittingEmptySubsequences: false)
        guard parts.count <= Limits.backoff else {
            throw Refusal(.badOption, "backoff: expected at most \(Limits.backoff) durations")
        }
        var delays: [Int] = []
        for part in parts {
            delays.append(try Value.duration(UnsafeRawBufferPointer(rebasing: part), "backoff", 0...Limits.delay))
        }
        return delays
    }
}
