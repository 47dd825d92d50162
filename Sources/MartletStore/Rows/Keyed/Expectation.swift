// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A process that is to get a message on a topic within some time.
package struct Expectation: Equatable, Sendable {
    /// The process.
    package var process: [UInt8]
    /// The topic's id.
    package var topic: UInt64
    /// Its name among others about the same process and topic; may be empty.
    package var name: [UInt8]
    /// When it is missed, in Unix milliseconds of the broker's due time.
    package var due: UInt64

    /// Makes an expectation.
    package init(process: [UInt8], topic: UInt64, name: [UInt8], due: UInt64) {
        self.process = process
        self.topic = topic
        self.name = name
        self.due = due
    }

    /// What the keys of all expectations of a process and topic begin with.
    package static func prefix(process: some Collection<UInt8>, topic: UInt64) -> [UInt8] {
        [UInt8(clamping: process.count)] + process + withUnsafeBytes(of: topic.bigEndian) { Array($0) }
    }

    /// Its row.
    package var row: KeyedRow {
        KeyedRow(
            table: .expectations, key: Self.prefix(process: process, topic: topic) + name, value: [], expiresAt: due)
    }

    /// Reads the key of a row.
    ///
    /// - Throws: `damaged` when it is not one.
    package init(key: [UInt8], due: UInt64) throws(StoreError) {
        guard let length = key.first.map(Int.init), key.count >= 9 + length else {
            throw StoreError(.damaged, "an expectation has a key of \(key.count) bytes")
        }
        let topic = key[(1 + length)..<(9 + length)].reduce(0) { $0 << 8 | UInt64($1) }
        self.init(process: Array(key[1...].prefix(length)), topic: topic, name: Array(key[(9 + length)...]), due: due)
    }
}
