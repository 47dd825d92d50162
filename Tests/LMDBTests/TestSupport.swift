// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import LMDB
import Testing

/// A folder that is there as long as the value is.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("lmdb-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Opens the environment in it, with a map small enough for many of them side by side.
    func open(_ options: EnvironmentOptions = EnvironmentOptions(mapSize: 1 << 26)) throws -> Environment {
        try Environment(folder: path, options: options)
    }
}

extension Environment {
    /// Makes a table and fills it.
    func makeTable(_ name: String = "table", _ entries: KeyValuePairs<String, String> = [:]) throws -> Table {
        try withWriteTransaction { transaction in
            let table = try transaction.table(named: name, create: true)
            for (key, value) in entries { try transaction.put(key, value, in: table) }
            return table
        }
    }

    /// The value of a key as last committed.
    func text(_ key: String, in table: Table) throws -> String? {
        try withReadTransaction { try $0.text(key, in: table) }
    }

    /// How many entries a table has as last committed.
    func count(of table: Table) throws -> Int {
        try withReadTransaction { try $0.count(of: table) }
    }
}

extension TableAccess where Self: ~Copyable {
    func text(_ key: String, in table: Table) throws -> String? {
        try key.withBytes { try get($0, in: table).map { String(decoding: $0, as: UTF8.self) } }
    }

    /// All keys in the order of a cursor.
    func keys(of table: Table) throws -> [String] {
        try withCursor(on: table) { cursor in
            var keys: [String] = []
            while let entry = try cursor.next() { keys.append(entry.keyText) }
            return keys
        }
    }
}

extension WriteTransaction {
    func put(_ key: String, _ value: String, in table: Table, at place: PutPlace = .anywhere) throws {
        try key.withBytes { key in
            try value.withBytes { try put(key, $0, in: table, at: place) }
        }
    }

    /// Puts so many bytes, for tests of space.
    func put(_ key: String, size: Int, in table: Table) throws {
        try put(key, String(repeating: "x", count: size), in: table)
    }

    @discardableResult
    func delete(_ key: String, in table: Table) throws -> Bool {
        try key.withBytes { try delete($0, in: table) }
    }
}

extension Entry {
    var keyText: String { String(decoding: key, as: UTF8.self) }
    var valueText: String { String(decoding: value, as: UTF8.self) }
}

extension String {
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try Array(utf8).withUnsafeBytes(body)
    }
}

/// The code of the error that a closure throws.
func code(_ body: () throws -> Void) throws -> LMDBError.Code? {
    try #require(throws: LMDBError.self) { try body() }.code
}

/// What a closure throws that has changed its mind.
struct ChangeOfMind: Error {}
