// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import LMDB

/// A store as of one commit, read without LMDB: offline, or beside the broker that goes on writing.
///
/// Its memory does not grow with the log: rows are handed out one after another.
package final class StoreSnapshot {
    /// The data file.
    package let image: FileImage
    /// What it is called in messages.
    package let path: String
    /// Faults of pages that were met so far.
    package var faults: [PageFault] = []
    /// The index and the time of the last batch.
    package private(set) var applied: (index: UInt64, time: UInt64) = (0, 0)
    /// What the list of what to sweep names.
    private(set) var sweeps: [Sweep] = []
    /// Rows of `meta` that are not what was written.
    private(set) var damagedMeta: [String] = []
    private var meta: [String: [UInt8]] = [:]

    /// A store of a folder, whether a broker uses it or not.
    ///
    /// What was confirmed last may be in the journal alone.
    ///
    /// - Throws: `schema` when another version wrote it, `damaged` when nothing in it can be read, `folder` when there
    ///   is none.
    package convenience init(folder: String) throws(StoreError) {
        let path = folder + "/" + StoreFiles.data
        try self.init(path: path) { try FileImage(folder: folder) }
    }

    /// A data file that no process writes to.
    package convenience init(file path: String) throws(StoreError) {
        try self.init(path: path) { try FileImage(path: path) }
    }

    private init(path: String, _ open: () throws -> FileImage) throws(StoreError) {
        self.path = path
        do {
            image = try open()
        } catch let error as LMDBError where error.code == .noSuchFile {
            throw StoreError(.folder, "there is no data file '\(path)'")
        } catch let damage as FileDamage {
            throw StoreError(.damaged, "the data file '\(path)' is damaged: \(damage)")
        } catch {
            throw StoreError(.failed, "cannot read the data file '\(path)'", cause: error)
        }
        do {
            try readMeta()
        } catch {
            throw StoreError(reading: "'\(path)'", error)
        }
        try checkSchema()
    }

    private func readMeta() throws {
        var faults: [PageFault] = []
        try image.readTables { key, value in
            guard key.elementsEqual("applied".utf8) else { return }
            if value.count == 8 { self.applied = (value.keyNumber(), 0) }
            if value.count == 16 { self.applied = (value.keyNumber(), value.keyNumber(at: 8)) }
        } fault: {
            faults.append($0)
        }
        try image.walk("meta") {
            faults.append($0)
        } _: { key, value in
            self.meta[String(decoding: key, as: UTF8.self)] = Array(value)
        }
        self.faults = faults
        guard let bytes = meta[Meta.sweeps.rawValue] else { return }
        do {
            sweeps = try bytes.withUnsafeBytes { try Sweep.list($0) }
        } catch {
            damagedMeta.append(Meta.sweeps.rawValue)
        }
    }

    private func checkSchema() throws(StoreError) {
        guard let found = number(.schema) else {
            throw StoreError(
                .damaged, "the data file '\(path)' says no schema version: it is damaged, or none of martlet")
        }
        guard Schema.readable.contains(found) else {
            let advice =
                found > Schema.version
                ? "use the martlet that wrote it, or a newer one"
                : "start 'martlet serve' on it once, which brings it to this version"
            throw StoreError(
                .schema,
                "the data file '\(path)' has schema version \(found), and this martlet knows \(Schema.version): "
                    + advice
            )
        }
    }

    /// A number of `meta`; nil when it is missing or none.
    func number(_ row: Meta) -> UInt64? {
        guard let bytes = meta[row.rawValue], bytes.count == 8 else { return nil }
        return bytes.withUnsafeBytes { $0.keyNumber() }
    }

    /// The version of the layout.
    package var schema: UInt64 { number(.schema) ?? 0 }
    /// The number with which ids are hashed; nil in a file that nothing was written to.
    package var idKey: UInt64? { number(.idKey) }
    /// The number that the file shares with its journal; nil of a file that has none.
    package var journal: UInt64? { schema >= Schema.journal ? number(.journal) : nil }
    /// The number of the next topic.
    package var nextTopic: UInt64 { number(.nextTopic) ?? 1 }
    /// The id of the next subscription or position.
    package var nextSubscription: UInt64 { number(.nextSubscription) ?? 1 }

    /// Whether rows of an owner are going to be swept, those that lie below a number.
    func isSwept(_ kinds: Sweep.Kind..., id: UInt64, end: UInt64 = .max) -> Bool {
        sweeps.contains { kinds.contains($0.kind) && $0.id == id && ($0.below == .max || end <= $0.below) }
    }

    // MARK: - Rows

    /// Gives all rows of a table that has no checksums.
    func walk(
        _ table: String, _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var met: [PageFault] = []
        try image.walk(table) {
            met.append($0)
        } _: {
            try body($0, $1)
        }
        faults += met
    }

    /// Gives all rows of a table, each checked.
    ///
    /// - Parameter damaged: told of the keys of rows that are not what was written.
    func rows(
        _ table: RowTable, damaged: ([UInt8], String) throws -> Void,
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try walk("\(table)") { key, row in
            do {
                try body(key, try RowChecksum.value(of: row, table, key: key))
            } catch let error as StoreError where error.code == .damaged {
                try damaged(Array(key), error.message)
            }
        }
    }
}
