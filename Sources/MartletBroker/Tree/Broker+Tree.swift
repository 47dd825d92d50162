// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel
package import MartletStore

// The flow of a process (semantics 7).
extension Broker {
    /// The messages of a process as a tree of causes, so many at most, with every subscription's verdict.
    ///
    /// What lies in topics that the user may not consume is not there: what it caused begins with a gap.
    package func tree(
        _ process: [UInt8], limit: Int, for access: Access = .all
    ) throws(StoreError) -> ProcessTree {
        var nodes: [ProcessTree.Node] = []
        var hasMore = false
        for topic in topics(for: access).sorted(by: { $0.id < $1.id }) where !topic.isBrokers {
            var left = limit + 1
            for offset in try processOffsets(of: process, in: topic) where left > 0 && offset < topic.visible {
                guard let node = try node(offset, of: topic, in: process) else { continue }
                nodes.append(node)
                left -= 1
            }
            hasMore = hasMore || left == 0
        }
        nodes.sort { ($0.time, $0.topic, $0.offset) < ($1.time, $1.topic, $1.offset) }
        hasMore = hasMore || nodes.count > limit
        return ProcessTree(process: process, roots: Self.roots(Array(nodes.prefix(limit))), hasMore: hasMore)
    }

    private func node(
        _ offset: UInt64, of topic: Topic, in process: [UInt8]
    ) throws(StoreError) -> ProcessTree.Node? {
        var cursor: SegmentCursor?
        guard case .message(let segment, let message) = try locate(offset, in: topic, &cursor),
            message.offset == offset, let fields = segment.fields(start: message.start, size: message.size),
            fields.process.elementsEqual(process)
        else { return nil }
        var verdicts: [(String, Verdict)] = []
        for subscription in topic.subscriptions.sorted(by: { $0.name < $1.name }) {
            verdicts.append((subscription.name, try explain(offset, for: subscription).verdict))
        }
        return ProcessTree.Node(
            topic: topic.name, offset: offset, id: Array(fields.id), cause: Array(fields.cause), time: message.time,
            verdicts: verdicts)
    }

    /// Puts messages below their causes.
    private static func roots(_ nodes: [ProcessTree.Node]) -> [ProcessTree.Node] {
        let links = CauseLinks(nodes)
        var children: [Int: [Int]] = [:]
        for (index, parent) in links.parents.enumerated() {
            if let parent { children[parent, default: []].append(index) }
        }
        // Below their causes from the last to the first: a cause may stand behind what it caused.
        var built: [Int: ProcessTree.Node] = [:]
        func build(_ root: Int) -> ProcessTree.Node {
            var stack = [root]
            while let index = stack.last {
                let open = (children[index] ?? []).filter { built[$0] == nil }
                guard open.isEmpty else {
                    stack += open
                    continue
                }
                stack.removeLast()
                var node = nodes[index]
                node.isGap = links.areGaps[index]
                node.children = (children[index] ?? []).compactMap { built[$0] }
                built[index] = node
            }
            return built[root] ?? nodes[root]
        }
        return nodes.indices.filter { links.parents[$0] == nil }.map(build)
    }
}
