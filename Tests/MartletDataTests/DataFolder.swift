// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletModel
import MartletStore

@testable import MartletData

/// A folder with a store in it that has some messages; it goes away with all that lies in it.
final class DataFolder {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("data-\(UUID().uuidString)").path
    var data: String { path + "/data" }

    /// - Parameter isWrittenBack: false leaves all of it in the journal alone, as a broker does that is killed.
    init(messages: Int = 200, isWrittenBack: Bool = true) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        var options = DiskStoreOptions()
        options.identity = .random(in: 2 ... .max)
        let store = try DiskStore(folder: data, options: options)
        _ = try store.load()
        let topic = TopicID.ordinary + 1
        try store.commit(
            StoreBatch(
                index: 1, time: 5,
                operations: [
                    .setIDKey(7), .putTopic(StoredTopic(id: topic, name: "orders", settings: TopicSettings())),
                    .putSubscription(
                        StoredSubscription(
                            id: 1, topic: topic, name: "billing", settings: SubscriptionSettings(), floor: 0)),
                ]))
        let segment = Segment(topic: topic, base: 1, total: 0, packLimit: Pack.largest)
        var slab = ByteSlab(capacity: 1_024)
        for number in 0..<messages {
            Array("message \(number)".utf8).withUnsafeBytes { body in
                var fields = MessageFields()
                fields.body = body
                StoredMessage.append(fields, to: &slab)
            }
        }
        segment.append(messages: slab.bytes, time: 9)
        segment.close()
        try store.commit(StoreBatch(index: 2, time: 6, operations: [.append(segment)]))
        if isWrittenBack { try store.writeBackAll() }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { path + "/" + name }

    func names(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    @discardableResult
    func backup(_ name: String = "backup", replacing: Bool = false) throws -> Backup.Report {
        try Backup.run(folder: data, to: .file(path: file(name), replacing: replacing), martlet: "test", time: 1)
    }

    func restore(_ name: String = "backup", to folder: String = "restored") throws -> StoreFindings {
        let descriptor = open(file(name), O_RDONLY)
        defer { close(descriptor) }
        return try Restore.run(from: descriptor, named: name, folder: file(folder)).findings
    }

    func export(_ name: String = "lines") throws -> Export.Report {
        try Export.run(
            folder: data, topics: [], to: .file(path: file(name), replacing: true), martlet: "test", time: 1)
    }

    func restoreLines(_ name: String = "lines", to folder: String = "imported") throws -> StoreFindings {
        let descriptor = open(file(name), O_RDONLY)
        defer { close(descriptor) }
        return try Import.run(from: descriptor, named: name, folder: file(folder)).findings
    }

    func change(_ name: String, _ body: (inout Data) -> Void) throws {
        let url = URL(fileURLWithPath: file(name))
        var bytes = try Data(contentsOf: url)
        body(&bytes)
        try bytes.write(to: url)
    }

    /// Flips a bit of a message, wherever its text stands: what is left of a page may hold it too.
    func damageMessage() throws {
        try change("data/data.mdb") { bytes in
            while let place = bytes.range(of: Data("message 77".utf8)) { bytes[place.lowerBound] ^= 1 }
        }
    }

    /// Gives the data file another version of the schema.
    func setSchema(_ version: UInt8, in name: String) throws {
        try change(name) { bytes in
            var start = bytes.startIndex
            while let found = bytes.range(of: Data("schema".utf8), in: start..<bytes.endIndex) {
                // The key is followed by the version, 8 bytes big-endian.
                if bytes[found.upperBound..<found.upperBound + 7].allSatisfy({ $0 == 0 }) {
                    bytes[found.upperBound + 7] = version
                }
                start = found.upperBound
            }
        }
    }

    /// The code and text of the error that a body throws.
    func refusal(_ body: () throws -> Void) -> DataError? {
        do {
            try body()
            return nil
        } catch {
            return error as? DataError
        }
    }
}
