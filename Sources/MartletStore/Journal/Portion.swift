// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What was taken since the tree was committed last.
///
/// A commit of the tree holds everybody up while it is written, so that it must be small; and it writes each page whole
/// of which a part has changed, so that it must not be too small. The article `DataFile` has the measurements.
struct Portion {
    /// Bytes that are committed when nothing else is to be done: a commit of half a millisecond.
    private static let bytesAtRest = 256 << 10
    /// Bytes that are committed when the broker is busy: a commit of two milliseconds, for which hardly anything is
    /// written twice.
    private static let bytesWhenBusy = 1 << 20
    /// Bytes of content for which a page is worth writing.
    private static let bytesPerPage = 2_048
    /// Pages that are committed in any case: 8 MiB, a commit of some 8 milliseconds.
    private static let most = 2_048
    /// Batches that are committed in any case: each takes a block of the log at least, which shall not grow for them.
    private static let mostBatches = 1_000
    /// Milliseconds after which it is committed in any case.
    private static let longest: UInt64 = 1_000
    /// Pages that a slice of a sweep changes, about.
    private static let sweepPages = 32

    /// Bytes of operations.
    private(set) var bytes = 0
    /// Pages of the tree that were changed, about.
    private(set) var pages = 0
    private var batches = 0
    private var since: UInt64?
    private var places: Set<UInt64> = []

    /// Whether it should be committed by now.
    func isDue(at time: UInt64, isBusy: Bool) -> Bool {
        if pages >= Self.most || batches >= Self.mostBatches { return true }
        if let since, time >= since + Self.longest { return true }
        return bytes >= (isBusy ? Self.bytesWhenBusy : Self.bytesAtRest) && bytes >= pages * Self.bytesPerPage
    }

    /// Counts what a batch costs that was taken at a time.
    mutating func add(_ cost: BatchCost, at time: UInt64) {
        bytes += cost.bytes
        pages += cost.bytes / BatchCost.page
        for place in cost.places where places.insert(place).inserted { pages += 1 }
        batches += 1
        since = since ?? time
    }

    /// Counts what a slice of a sweep changes.
    mutating func addSweep() {
        pages += Self.sweepPages
    }

    /// Begins anew; the memory is kept.
    mutating func removeAll() {
        places.removeAll(keepingCapacity: true)
        (bytes, pages, batches, since) = (0, 0, 0, nil)
    }
}
