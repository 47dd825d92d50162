// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// What a step says of messages that end, or that are taken up again, before the store shows it.
struct EndedInStep {
    private(set) var endings: [Ending] = []
    private var taken: Set<UInt64> = []

    /// The ending of a message that the step wrote: nothing when it did not touch it, and nothing within when it took
    /// it away.
    func ending(of offset: UInt64) -> Ending?? {
        if let ending = endings.last(where: { ($0.first...$0.last).contains(offset) }) { return .some(ending) }
        return taken.contains(offset) ? .some(nil) : nil
    }

    mutating func add(_ ending: Ending) {
        endings.append(ending)
        guard !taken.isEmpty, ending.first == ending.last else { return }
        taken.remove(ending.first)
    }

    mutating func take(_ offset: UInt64) {
        endings.removeAll { $0.first == offset && $0.last == offset }
        taken.insert(offset)
    }
}
