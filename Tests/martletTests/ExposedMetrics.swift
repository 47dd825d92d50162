// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The metrics at `/metrics`, which the files of `config/` may use.
enum ExposedMetrics {
    /// Their names, without the endings of histograms, as they stand in the code that writes them.
    ///
    /// - Throws: when the code cannot be read.
    static func names() throws -> Set<String> {
        let folder = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/MartletAdmin/Metrics")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let names = try files.filter { $0.pathExtension == "swift" }.flatMap { file in
            try String(contentsOf: file, encoding: .utf8).matches(of: /"(martlet_[a-z_]+)"/).map { String($0.output.1) }
        }
        return Set(names)
    }
}
