// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

// The commands about processes: EXPECT, UNEXPECT and TREE.
extension CommandParser {
    static func expect(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let (process, topic) = try processAndTopic(&fields)
        let within = try Value.duration(
            fields.required("within"), "within", 1...Limits.duration, code: .badArgument)
        var expect = Expect(process: process, topic: topic, within: within)
        var options = Options()
        while let option = try options.next(&fields) {
            if option.isNamed("id") {
                expect.id = try Value.identifier(option.required(), "id")
            } else if option.isNamed("lookback") {
                expect.lookback = try Value.duration(option.required(), "lookback", 0...Limits.duration)
            } else {
                throw option.unknown
            }
        }
        return .expect(expect)
    }

    static func unexpect(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let (process, topic) = try processAndTopic(&fields)
        var id: [UInt8] = []
        var options = Options()
        while let option = try options.next(&fields) {
            guard option.isNamed("id") else { throw option.unknown }
            id = try Value.identifier(option.required(), "id")
        }
        return .unexpect(process: process, topic: topic, id: id)
    }

    private static func processAndTopic(
        _ fields: inout FieldReader
    ) throws(Refusal) -> (process: [UInt8], topic: String) {
        let process = try Value.identifier(fields.required("process"), "process", code: .badArgument)
        return (process, try Value.readableName(fields.required("topic"), "topic"))
    }

    static func tree(_ fields: inout FieldReader) throws(Refusal) -> Command {
        let process = try Value.identifier(fields.required("process"), "process", code: .badArgument)
        var limit = Limits.defaultTree
        var options = Options()
        while let option = try options.next(&fields) {
            guard option.isNamed("limit") else { throw option.unknown }
            limit = Int(try Value.number(option.required(), "limit", 1...UInt64(Limits.tree)))
        }
        return .tree(process: process, limit: limit)
    }
}
