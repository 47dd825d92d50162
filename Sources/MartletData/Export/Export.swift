// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import LMDB
import MartletStore

/// All that a store holds, as lines of JSON.
package enum Export {
    /// Where it goes.
    package typealias Destination = Backup.Destination

    /// What came of it.
    package struct Report: Sendable {
        /// Lines that were written.
        package var lines = 0
        /// Messages among them.
        package var messages = 0
        /// Bytes of the lines.
        package var bytes = 0
        /// What is damaged, and so is not in it: a sentence for each place.
        package var lost: [String] = []
        /// Bytes by which the data file grew meanwhile.
        package var grownBytes = 0
    }

    /// Exports the store of a folder as of one moment, also while a broker uses it.
    ///
    /// - Parameter topics: names of topics, with whose dead letters and subscriptions it ends; none is everything.
    package static func run(
        folder: String, topics: [String], to destination: Destination, martlet: String, time: UInt64
    ) throws(DataError) -> Report {
        let lock = try ReaderLock(folder: folder, exclusive: false)
        defer { withExtendedLifetime(lock) {} }
        return try DataError.of {
            let (snapshot, loss) = try snapshot(folder)
            let growth = Growth(snapshot: snapshot, limit: Int(clamping: diskRoom(of: folder).free / 2))
            switch destination {
            case .file(let path, let replacing):
                let file = try OutputFile(path: path, replacing: replacing)
                var report = try run(snapshot, topics, martlet, time, growth) { try file.write($0) }
                try file.sync()
                try file.commit()
                report.lost += loss
                return report
            case .descriptor(let descriptor):
                let pipe = OutputPipe(descriptor)
                var report = try run(snapshot, topics, martlet, time, growth) { bytes in
                    try pipe.write(bytes) { try growth.check() }
                }
                report.lost += loss
                return report
            }
        }
    }

    /// The store of a folder, and what of its journal cannot be had: the rest is exported all the same.
    private static func snapshot(_ folder: String) throws(StoreError) -> (StoreSnapshot, loss: [String]) {
        do {
            return (try StoreSnapshot.upToDate(folder: folder), [])
        } catch {
            guard error.code == .damaged || error.code == .folder else { throw error }
            return (try StoreSnapshot(folder: folder), ["what was confirmed last: \(error.description)"])
        }
    }

    private static func run(
        _ snapshot: StoreSnapshot, _ topics: [String], _ martlet: String, _ time: UInt64, _ growth: Growth,
        _ write: @escaping ([UInt8]) throws -> Void
    ) throws -> Report {
        let all = try snapshot.topics()
        for name in topics where !all.contains(where: { $0.name == name }) {
            throw DataError(.refused, "there is no topic '\(name)'")
        }
        let chosen = all.filter { topic in
            topics.isEmpty
                || topics.contains { name in topic.name == name || topic.name.hasPrefix("$dead.\(name).") }
        }
        let writer = ExportWriter(snapshot, chosen, isWhole: topics.isEmpty, growth, write)
        let head = HeadLine(
            martlet: martlet, time: time, batch: snapshot.applied.index, batchTime: snapshot.applied.time,
            idKey: snapshot.idKey, nextTopic: snapshot.nextTopic, nextSubscription: snapshot.nextSubscription,
            topics: topics.isEmpty ? nil : topics)
        return try writer.run(head)
    }
}
