// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a broker may have taken between the first third of a soak and its end.
struct SoakBounds {
    /// What the allocator may keep back, in KiB.
    static let memory = 16_384
    /// Pages that LMDB has free for reuse, in KiB.
    static let file = 16_384
    /// Bytes that a step of the ledger leaves in the file for a day: its outcome, its receipt and their times.
    static let bytesOfStep = 4_096
    /// Segments of the journal, which are made when they are needed and kept open.
    static let segments = 8
    /// Messages that may wait, when every consumer is away for a moment.
    static let depth = 20_000

    var before: ProcessSample
    var first: [ProcessSample]
    var last: [ProcessSample]
    var after: ProcessSample
    /// Steps of the ledger behind the first third.
    var steps: Int

    var figures: String {
        func row(_ name: String, _ path: KeyPath<ProcessSample, Int>) -> String {
            "  \(name): \(before[keyPath: path]) idle, at most \(first.most(path)) in the first third and "
                + "\(last.most(path)) in the last, \(after[keyPath: path]) at the end"
        }
        return [
            row("anonymous KiB", \.anonymous), row("descriptors", \.descriptors), row("threads", \.threads),
            row("file KiB", \.file), row("waiting messages", \.depth),
        ].joined(separator: "\n")
    }

    /// What has grown that should not.
    var problems: [String] {
        let file = first.most(\.file) + Self.file + steps * Self.bytesOfStep / 1_024
        return [
            last.most(\.anonymous) <= first.most(\.anonymous) + Self.memory ? nil : "memory grows",
            last.most(\.descriptors) <= first.most(\.descriptors) + 4 ? nil : "descriptors grow",
            after.descriptors <= before.descriptors + Self.segments ? nil : "descriptors are left",
            last.most(\.threads) <= first.most(\.threads) ? nil : "threads grow",
            last.most(\.file) <= file ? nil : "the file grows by more than what is to be remembered",
            last.most(\.depth) <= Self.depth ? nil : "messages pile up",
            after.depth == 0 ? nil : "\(after.depth) messages are left",
        ].compactMap { $0 }
    }
}
