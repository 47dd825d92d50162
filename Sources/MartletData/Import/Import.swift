// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import LMDB
import MartletStore

/// A store made of the lines of an export.
package enum Import {
    /// Makes a store in a folder that is new or empty: all of the lines, or none.
    ///
    /// - Throws: `refused` when a line is not what it must be, with its number; `schema` when the form of the lines is
    ///   not known; `damaged` when the end is missing.
    package static func run(
        from descriptor: Int32, named name: String, folder: String
    ) throws(DataError) -> (lines: Int, findings: StoreFindings) {
        let store = try StoreDraft(folder: folder)
        do {
            let found = try DataError.of { try run(LineSource(descriptor, named: name), name, store) }
            try store.commit()
            return found
        } catch {
            try? store.remove()
            throw error
        }
    }

    private static func run(
        _ source: LineSource, _ name: String, _ store: StoreDraft
    ) throws -> (lines: Int, findings: StoreFindings) {
        var source = source
        try fill(store.draft, from: &source, name)
        let snapshot = try StoreSnapshot(file: store.draft + "/" + StoreFiles.data)
        return (source.number, StoreFindings(try Backup.check(snapshot)))
    }

    private static func fill(_ folder: String, from source: inout LineSource, _ name: String) throws {
        // What is filled is whole with its last commit, or removed.
        var options = DiskStoreOptions()
        options.identity = .random(in: 2 ... .max)
        options.usesLog = false
        let disk = try DiskStore(folder: folder, options: options)
        _ = try disk.load()
        let filling = StoreFilling(disk)
        let decoder = JSONDecoder()
        do {
            while let line = try source.next() {
                try filling.take(Data(line), decoder, number: source.number)
            }
        } catch let error as DataError {
            throw DataError(error.code, "\(name), line \(max(1, source.number)): \(error.description)")
        } catch let error as DecodingError {
            throw DataError(.refused, "\(name), line \(source.number): \(Self.words(error))")
        }
        guard filling.isAtEnd else {
            throw DataError(.damaged, "'\(name)' was cut off: it has \(source.number) lines and no end")
        }
    }

    private static func words(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? "" : " of '\(path)'"
        }
        switch error {
        case .keyNotFound(let key, let context): return "'\(key.stringValue)'\(place(context)) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "the value\(place(context)) is of another kind: \(context.debugDescription)"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty
                ? "it is no JSON that can be read" : "the value\(place(context)) is wrong: \(context.debugDescription)"
        @unknown default: return "\(error)"
        }
    }
}
