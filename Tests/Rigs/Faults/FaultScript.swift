// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CrashKit

/// A fixed row of commands, of every kind there is, and what must be true when some of them were confirmed.
///
/// A connection that breaks is made anew, and the script goes on with what it finds; unless the broker has ended.
struct FaultScript: Sendable {
    private enum Part: CaseIterable {
        case errands, ledger, records, churn, rest
    }

    /// Connections that break, one after another, before the broker is taken to be out of order.
    private static let patience = 20
    private static let records = 12

    private var ledger = Ledger(name: "fault", seed: 1)
    private var records = RecordKeeper(name: "fault", seed: 2)
    private var churn = Churn(topic: "churn", generation: 0, seed: 3)
    private var errands = Errands()
    /// Commands that were refused for want of room.
    private(set) var isFull = false

    /// Runs all of it, or up to the end of the broker.
    mutating func run(_ broker: BrokerProcess) throws {
        for part in Part.allCases {
            guard try attempt(part, broker) else { return }
        }
    }

    /// Runs a part; false when the broker has ended.
    private mutating func attempt(_ part: Part, _ broker: BrokerProcess) throws -> Bool {
        do throws(WireError) {
            try perform(part, port: broker.port)
            return true
        } catch {
            switch error {
            case .closed: break
            case .violation(let text) where text.contains("ERR full"): isFull = true
            default: throw error
            }
        }
        for _ in 0..<Self.patience {
            guard broker.isRunning else { return false }
            do {
                try verify(port: broker.port)
                return true
            } catch WireError.closed {
                // A broker that ends closes its connections a moment earlier.
                usleep(100_000)
            }
        }
        guard broker.isRunning else { return false }
        throw ProcessFailure(description: "the broker runs, and its connections break again and again")
    }

    private mutating func perform(_ part: Part, port: Int) throws(WireError) {
        let connection = try WireConnection(port: port)
        switch part {
        case .errands: try errands.run(connection, try WireConnection(port: port))
        case .ledger: for _ in 0..<2 { try ledger.step(connection) }
        case .records: for _ in 0..<Self.records { try records.step(connection) }
        case .churn: try churn.cycle(connection)
        case .rest:
            try ledger.step(connection)
            try records.step(connection)
            _ = try connection.request("BYE")
        }
    }

    /// Holds what the broker says against what was confirmed.
    mutating func verify(port: Int) throws {
        try ledger.verify(port: port)
        try records.verify(port: port)
        churn = try churn.verified(port: port, seed: 3)
        try errands.verify(port: port)
    }
}
