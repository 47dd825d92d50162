// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A client that sets and removes a few records of its own, one after another, and knows what they should hold.
struct RecordKeeper: Sendable {
    /// Few, so that each is changed again and again.
    private static let keys = 5
    /// Sizes on both sides of a piece's end.
    private static let sizes = 1...5_000

    /// A change of one record; without a value it is removed.
    struct Change: Sendable, Equatable {
        var key: Int
        var value: [UInt8]?
    }

    let name: String
    /// What was confirmed.
    private(set) var values: [Int: [UInt8]] = [:]
    /// The change whose reply did not come.
    private(set) var unknown: Change?
    /// Changes that were confirmed.
    private(set) var confirmed = 0
    private var dice: Dice

    init(name: String, seed: UInt64) {
        self.name = name
        dice = Dice(seed: seed)
    }

    private var space: String { "records.\(name)" }

    /// Goes on until the connection breaks.
    mutating func run(port: Int, note: Note<RecordKeeper> = { _, _ in }) throws(WireError) {
        let connection = try WireConnection(port: port)
        while true { try step(connection, note) }
    }

    /// Changes one record.
    mutating func step(_ connection: WireConnection, _ note: Note<RecordKeeper> = { _, _ in }) throws(WireError) {
        let key = Int.random(in: 0..<Self.keys, using: &dice)
        let isRemoved = values[key] != nil && dice.one(in: 4)
        let size = Int.random(in: Self.sizes, using: &dice)
        let value = (0..<size).map { _ in UInt8.random(in: 0...255, using: &dice) }
        let change = Change(key: key, value: isRemoved ? nil : value)
        unknown = change
        note(self, connection)
        let line =
            isRemoved
            ? try connection.request("UNSET \(space) k\(key) version=any").line
            : try connection.request("SET \(space) k\(key) \(size) version=any", body: value).line
        guard line.hasPrefix("OK ") else { throw .violation("'\(line)' to a change of k\(key) of \(space)") }
        values[key] = change.value
        unknown = nil
        confirmed += 1
        note(self, connection)
    }

    /// Holds what the broker says against what was confirmed, and goes on from there.
    mutating func verify(port: Int) throws {
        let connection = try WireConnection(port: port)
        for key in 0..<Self.keys {
            let reply = try connection.request("GET \(space) k\(key)")
            let found = reply.line == "NIL" ? nil : reply.data
            let isUnknown = unknown?.key == key && found == unknown?.value
            guard found == values[key] || isUnknown else {
                throw ProcessFailure(
                    description: "k\(key) of \(space) holds \(Self.text(found)); confirmed was "
                        + "\(Self.text(values[key]))\(unknown?.key == key ? ", and a change is unknown" : "")")
            }
            values[key] = found
        }
        unknown = nil
    }

    private static func text(_ value: [UInt8]?) -> String {
        value.map { "\($0.count) bytes (\($0.prefix(8)))" } ?? "nothing"
    }
}
