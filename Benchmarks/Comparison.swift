// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// How large a scenario is.
struct SizeOption: ParsableArguments {
    private static let reduction = 20

    @Flag(help: "A twentieth of every number of messages and keys, for a quick look.")
    var small = false

    /// A number as large as it was asked for.
    func sized(_ quantity: Quantity) -> Int {
        small ? max(1, quantity.value / Self.reduction) : quantity.value
    }
}

/// How often a comparison is made.
struct RoundsOption: ParsableArguments {
    @Option(help: ArgumentHelp("Turns; each row is the median of its turns.", valueName: "n"))
    var rounds = Quantity(1)

    func validate() throws {
        guard (1...1_000).contains(rounds.value) else {
            throw ValidationError("--rounds is \(rounds); expected a number from 1 to 1000")
        }
    }
}

/// Variants of one measurement, in turns, since the speed of a machine drifts.
enum Comparison {
    /// Measures every variant once in each round.
    ///
    /// - Returns: the median row of each variant; all but the first tell their share of the first one's rate, which is
    ///   the median of the shares within the rounds.
    static func run(rounds: Int, _ variants: [() throws -> Row]) throws -> [Row] {
        var turns = Array(repeating: [Row](), count: variants.count)
        for _ in 0..<rounds {
            for (index, variant) in variants.enumerated() { turns[index].append(try variant()) }
        }
        return turns.enumerated().map { index, rows in
            var row = rows.sorted { rate($0) < rate($1) }[rows.count / 2]
            if index > 0 {
                let shares = zip(rows, turns[0]).map { rate($0) / rate($1) }.sorted()
                row.setShare(shares[shares.count / 2])
            }
            return row
        }
    }

    private static func rate(_ row: Row) -> Double { row.messagesPerSecond ?? 0 }
}
