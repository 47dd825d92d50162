// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

/// The commands about single messages and about processes, checked.
enum MessageCommand {
    static func cancel(_ topic: String, _ id: String) throws(ClientError) -> Command {
        try Check.name(topic, "topic")
        try Check.identifier(id, "id")
        return .cancel(topic: topic, id: Array(id.utf8))
    }

    static func reschedule(_ topic: String, _ id: String, to time: PublishTime) throws(ClientError) -> Command {
        try Check.name(topic, "topic")
        try Check.identifier(id, "id")
        return .reschedule(topic: topic, id: Array(id.utf8), to: time.schedule)
    }

    static func expect(
        _ process: String, on topic: String, within limit: Duration, id: String?, lookback: Duration
    ) throws(ClientError) -> Command {
        try Check.identifier(process, "process")
        try Check.name(topic, "topic")
        var expect = Expect(
            process: Array(process.utf8), topic: topic,
            within: try Check.duration(limit, "within", 1...Limits.duration))
        if let id { try Check.identifier(id, "id") }
        expect.id = Array((id ?? "").utf8)
        expect.lookback = try Check.duration(lookback, "lookback", 0...Limits.duration)
        return .expect(expect)
    }

    static func unexpect(_ process: String, on topic: String, id: String?) throws(ClientError) -> Command {
        try Check.identifier(process, "process")
        try Check.name(topic, "topic")
        if let id { try Check.identifier(id, "id") }
        return .unexpect(process: Array(process.utf8), topic: topic, id: Array((id ?? "").utf8))
    }
}
