// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Which message of a process caused which.
struct CauseLinks {
    /// For each message the place of its cause, or nil.
    private(set) var parents: [Int?] = []
    /// Whether a message names a cause that is not known.
    private(set) var areGaps: [Bool] = []

    /// Links messages that are given in the order in which they became visible.
    init(_ nodes: [ProcessTree.Node]) {
        var byID: [[UInt8]: [Int]] = [:]
        var byPlace: [String: Int] = [:]
        for (index, node) in nodes.enumerated() {
            if !node.id.isEmpty { byID[node.id, default: []].append(index) }
            byPlace["\(node.topic):\(node.offset)"] = index
        }
        for (index, node) in nodes.enumerated() {
            let cause = node.cause
            var parent: Int?
            if !cause.isEmpty {
                // Of several messages of that id the newest earlier one is meant.
                parent = byID[cause]?.last { $0 < index } ?? byPlace[String(decoding: cause, as: UTF8.self)]
            }
            parents.append(parent)
            areGaps.append(!cause.isEmpty && parent == nil)
        }
        cutCircles()
    }

    private mutating func cutCircles() {
        // Whose causes lead to a message that has none.
        var isFree = Array(repeating: false, count: parents.count)
        for index in parents.indices {
            var path: [Int] = []
            var seen: Set<Int> = [index]
            var current = index
            while !isFree[current] {
                path.append(current)
                guard let parent = parents[current] else { break }
                guard seen.insert(parent).inserted else {
                    parents[current] = nil
                    areGaps[current] = true
                    break
                }
                current = parent
            }
            for index in path { isFree[index] = true }
        }
    }
}
