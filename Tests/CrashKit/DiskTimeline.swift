// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The files of a store, the data file and the segments of its journal, on their way through a trace.
struct DiskTimeline {
    private(set) var files: [(file: Trace.File, timeline: FileTimeline)] = []

    /// Takes the calls on the files that there are.
    ///
    /// - Throws: when there are some whose loss cannot be told.
    init(_ trace: Trace) throws {
        for file in Trace.File.kept where trace.entries.contains(where: { $0.isOnFile && $0.concerns(file) }) {
            files.append((file, try FileTimeline(trace, file)))
        }
    }

    /// Goes on to a moment, which must not lie before the last one.
    mutating func advance(to moment: UInt64) {
        for index in files.indices { files[index].timeline.advance(to: moment) }
    }
}
