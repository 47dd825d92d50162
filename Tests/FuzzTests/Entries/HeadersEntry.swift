// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// Blocks of headers: what is accepted is what its names and values make up, and no name stands there twice.
enum HeadersEntry {
    static func read(_ bytes: [UInt8]) throws {
        let (problem, pairs) = bytes.withUnsafeBytes { (HeaderBlock.problem(in: $0), HeaderBlock.pairs(in: $0)) }
        guard problem == nil else { return }
        try BrokenProperty.unless(
            Set(pairs.map { $0.name.lowercased() }).count == pairs.count, "a name stands twice in \(pairs)")
        let again = try? HeaderBlock.bytes(of: pairs)
        try BrokenProperty.unless(again == bytes, "\(pairs) are not the block")
    }

    static var seeds: [[UInt8]] {
        [
            "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\ncontent-type: application/json\n",
            "a: b\n", "a.b_c-D: \u{e9}\u{1F426}\nA: \n", "x: y: z\n", "Martlet-Id: 1\n",
        ].map { Array($0.utf8) }
    }
}
