// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletModel
import Testing

/// What the fuzzer looks for is not found in bytes that are known: seeds, corpus, and those that once broke something.
struct ReplayTests {
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")

    /// The files of a target's corpus, as name and bytes.
    private func files(of target: FuzzTarget) throws -> [(String, [UInt8])] {
        let folder = Self.corpus.appending(path: target.rawValue)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
            ($0, Array(try Data(contentsOf: folder.appending(path: $0))))
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `every file of the corpus is read as it must be`(_ target: FuzzTarget) throws {
        let files = try files(of: target)
        #expect(!files.isEmpty)
        for (name, bytes) in files {
            #expect(throws: Never.self, "\(target)/\(name)") { try target.read(bytes) }
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `every seed is read as it must be`(_ target: FuzzTarget) throws {
        for seed in target.seeds { try target.read(seed) }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `seeds with random damage are read as they must be`(_ target: FuzzTarget) throws {
        var random = SeededRandom(seed: 31)
        let known = try target.seeds + files(of: target).map(\.1)
        for _ in 0..<300 {
            var bytes = known[Int.random(in: 0..<known.count, using: &random)]
            let other = known[Int.random(in: 0..<known.count, using: &random)]
            bytes += other.prefix(Int.random(in: 0...64, using: &random))
            for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2: bytes.remove(at: place)
                default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: place)
                }
            }
            let damaged = bytes
            #expect(throws: Never.self, "\(target): \(damaged)") { try target.read(damaged) }
        }
    }
}
