// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CrashKit

/// What a process uses at a moment.
struct ProcessSample: Sendable {
    /// Memory that is no file's, in KiB.
    var anonymous = 0
    var descriptors = 0
    var threads = 0
    /// The data file, in KiB.
    var file = 0
    /// Messages that wait in all subscriptions of the soak.
    var depth = 0

    init(anonymous: Int, descriptors: Int, threads: Int, file: Int, depth: Int) {
        self.anonymous = anonymous
        self.descriptors = descriptors
        self.threads = threads
        self.file = file
        self.depth = depth
    }

    init(of process: pid_t, dataFile: String, depth: Int) throws {
        let folder = "/proc/\(process)"
        anonymous = try Self.number("Anonymous:", in: "\(folder)/smaps_rollup")
        threads = try Self.number("Threads:", in: "\(folder)/status")
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/fd").count
        let size = try FileManager.default.attributesOfItem(atPath: dataFile)[.size] as? Int
        file = (size ?? 0) / 1_024
        self.depth = depth
    }

    private static func number(_ name: String, in path: String) throws -> Int {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        guard
            let number = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap({ Int($0) })
        else { throw ProcessFailure(description: "no \(name) in \(path)") }
        return number
    }
}

extension [ProcessSample] {
    func most(_ path: KeyPath<ProcessSample, Int>) -> Int { map { $0[keyPath: path] }.max() ?? 0 }
}
