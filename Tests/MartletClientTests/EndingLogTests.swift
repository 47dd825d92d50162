// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletTestKit
import NIOCore
import Testing

@testable import MartletClient

/// What the log says about connections that end and handlers that fail.
@Suite(.timeLimit(.minutes(10))) struct EndingLogTests {
    private struct Broken: Error {}

    @Test func `of many endings one in ten seconds is told aloud, with how many were not`() {
        var log = EndingLog()
        func level(at milliseconds: Int64) -> String {
            let (level, untold) = log.level(at: .uptimeNanoseconds(0) + .milliseconds(milliseconds))
            return "\(level) \(untold)"
        }
        #expect(level(at: 1_000) == "warning 0")
        #expect(level(at: 1_000) == "debug 0")
        #expect(level(at: 10_999) == "debug 0")
        #expect(level(at: 11_000) == "warning 2")
        #expect(level(at: 12_000) == "debug 0")
        let wasAway = (log.connected(), log.connected())
        #expect(wasAway == (true, false))
        #expect(level(at: 30_000) == "warning 0")
        let isNew = log.connected()
        #expect(!isNew)
    }

    @Test func `a broker that is away is told once with the cause, and so is its return`() async throws {
        let lines = Recorder<String>()
        let stopped = try await TestBroker.run { $0 }
        try await TestBroker.with { broker in
            var configuration = OnBroker.configuration(stopped)
            configuration.addresses =
                Array(repeating: configuration.addresses[0], count: 6)
                + [.init(host: "127.0.0.1", port: broker.port)]
            try await Client.with(configuration, logger: RecordedLog.logger(lines)) { client in
                try await client.publish("orders", "a")
            }
        }
        #expect(
            lines.all == [
                "warning cannot connect to 127.0.0.1:\(stopped) (connection refused) [unreachable]",
                "notice connected",
            ])
    }

    @Test func `the log and the nack of a failure have the same code`() async throws {
        let lines = Recorder<String>()
        try await TestBroker.with { broker in
            var configuration = OnBroker.configuration(broker.port)
            configuration.name = "log"
            try await Client.with(configuration, logger: RecordedLog.logger(lines)) { client in
                for text in ["a", "b", "c", "d"] { try await client.publish("orders", text) }
                try await alongside {
                    let options = ConsumerOptions(maxFailures: 1)
                    try await client.consume("orders", as: "s", from: .earliest, concurrency: 1, options: options) {
                        switch $0.text {
                        case "a": throw Broken()
                        case "b": throw ClientError(.unknown, "who knows")
                        case "c": throw HandlerFailure.reject(code: "no-order", note: "nothing in it")
                        default: throw ClientError(.refused("id-conflict"), "another body")
                        }
                    }
                } _: {
                    let letters = try await client.drain("$dead.orders.s", as: "look", until: "d")
                    let codes = letters.map { $0.headers["Martlet-Dead-Code"] ?? "" }
                    #expect(codes == ["Broken", "unknown", "no-order", "id-conflict"])
                    let logged = lines.all.compactMap { line in
                        line.contains("the handler failed") ? line.split(separator: "[").last?.dropLast() : nil
                    }
                    #expect(logged.map(String.init) == codes)
                }
            }
        }
    }
}
