// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CrashKit

/// A broker under load, all calls on its data file and its journal, and all that left it.
struct Recording: Sendable {
    /// The most microseconds that a publisher waits: long enough that some commits stand alone.
    private static let pause: UInt32 = 12_000
    private static let clients = 2
    /// Bytes of a segment of the journal: so small that all of them are used again and again, and as it comes.
    private static let segments = [65_536, 131_072, 262_144, nil]

    let trace: Trace
    let history: TraceHistory
    /// Clients whose every step can be checked by itself.
    let witnesses: [any Witness]
    /// The moments at which the power may fail: from the first publish to the last call.
    let moments: ClosedRange<UInt64>

    /// Loads a broker for a while and kills it.
    static func make(seed: UInt64, milliseconds: UInt32, shim: Shim = Shim(), bug: String? = nil) throws -> Recording {
        let folder = DataFolder()
        let path = folder.path + ".trace"
        defer {
            // The folder goes away with its last use.
            withExtendedLifetime(folder) {}
            try? FileManager.default.removeItem(atPath: path)
            try? FileManager.default.removeItem(atPath: path + ".counts")
        }
        var dice = Dice(seed: seed)
        var variables = try shim.environment(folder: folder.path, trace: path)
        variables.merge(BrokerProcess.segments(of: segments.randomElement(using: &dice) ?? nil)) { $1 }
        let broker = try BrokerProcess(folder: folder.path, bug: bug, variables: variables)
        let port = broker.port
        try Load.prepare(port: port)
        let saw = History()
        let load = Load(port: port, epoch: 0, seed: dice.next(), history: saw, pause: pause)
        let group = DispatchGroup()
        var witnesses: [any Witness] = []
        for index in 0..<clients {
            witnesses.append(
                Witnessed(Ledger(name: "\(index)", seed: dice.next())).start(group, saw) {
                    client, note throws(WireError) in try client.run(port: port, note: note)
                })
            witnesses.append(
                Witnessed(RecordKeeper(name: "\(index)", seed: dice.next())).start(group, saw) {
                    client, note throws(WireError) in try client.run(port: port, note: note)
                })
        }
        witnesses.append(
            Witnessed(Churn(topic: "churn", generation: 0, seed: dice.next())).start(group, saw) {
                client, note throws(WireError) in try client.run(port: port, note: note)
            })
        usleep(milliseconds * 1_000)
        try broker.kill()
        load.wait()
        group.wait()
        guard saw.problems.isEmpty else {
            throw ProcessFailure(description: "while recording: \(saw.problems.joined(separator: "; "))")
        }
        let trace = try Trace(path: path)
        let history = try TraceHistory(trace, Load.setting)
        guard let first = history.moments.first, let last = trace.entries.map(\.end).max(), first.time < last else {
            throw ProcessFailure(description: "nothing was recorded")
        }
        return Recording(trace: trace, history: history, witnesses: witnesses, moments: first.time...last)
    }
}
