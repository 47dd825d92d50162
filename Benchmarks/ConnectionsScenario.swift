// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// `connections`: the memory that connections take which say nothing.
struct ConnectionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connections",
        abstract: "The broker's memory with idle connections.",
        discussion: """
            Each connection says HELLO and nothing more; 'anon MB' is what all of them
            added. Of 1,000 connections each MB is 1 kB of one.
            """)

    @Option(help: ArgumentHelp("Connections; each number of the list is a row.", valueName: "n,.."))
    var count = Quantities(1_000)

    @OptionGroup var load: LoadOptions

    func validate() throws {
        guard let most = count.values.last, most <= 9_900 else {
            throw ValidationError("--count: expected at most 9,900 connections")
        }
    }

    func run() throws {
        try load.report(ConnectionsScenario.run(load.workload, counts: count.values))
    }
}

/// Memory of idle connections.
enum ConnectionsScenario {
    static func run(_ workload: Workload, counts: [Int]) throws -> [Row] {
        raiseDescriptorLimit()
        return try BrokerUnderLoad.with(nil) { broker in
            // What the first connections bring along stays and is not counted.
            var warm: [LoadConnection] = []
            for _ in 0..<50 { warm.append(try LoadConnection(broker.address, stop: StopSign())) }
            let before = broker.process?.figures?.anonymousBytes ?? 0
            var idle: [LoadConnection] = []
            let rows = try counts.map { count in
                Report.progress("connections: \(count) that say nothing")
                while idle.count < count { idle.append(try LoadConnection(broker.address, stop: StopSign())) }
                var workload = workload
                workload.connections = count
                var row = Row("idle connections", workload, messages: 0)
                row.anonymousBytes = broker.process?.figures.map { $0.anonymousBytes - before }
                return row
            }
            withExtendedLifetime((warm, idle)) {}
            return rows
        }
    }

    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        // Where that is not allowed a connection will tell.
        _ = setrlimit(resource, &limit)
    }
}
