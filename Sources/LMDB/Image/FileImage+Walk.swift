// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

// Walks over whole trees, which go on behind what is damaged.
extension FileImage {
    /// What a walk over one tree carries along.
    private struct Visit {
        let name: String
        let keysAreNumbers: Bool
        var entries: UInt64 = 0
        var isWhole = true
    }

    /// The keys between which those of a page lie.
    private struct Bounds {
        var low: [UInt8]?
        var high: [UInt8]?
    }

    private static let depths: ClosedRange<UInt16> = 1...32
    private static let header = 16
    private static let overflowFlag: UInt16 = 0x04

    func walk(
        _ tree: TreeRoot, _ name: String, keysAreNumbers: Bool, fault: (PageFault) -> Void,
        _ body: (TreePage.Node, ArraySlice<UInt8>) throws -> Void
    ) throws {
        guard tree.root != TreeRoot.none else {
            if tree.entries > 0 { fault(PageFault(table: name, losesEntries: true, "\(name) has lost its root")) }
            return
        }
        guard Self.depths.contains(tree.depth) else {
            fault(PageFault(table: name, losesEntries: true, "the root of \(name) is not what was written"))
            return
        }
        var visit = Visit(name: name, keysAreNumbers: keysAreNumbers)
        try self.visit(tree.root, depth: tree.depth, Bounds(), &visit, fault, body)
        guard visit.isWhole, visit.entries != tree.entries else { return }
        fault(
            PageFault(
                table: name, losesEntries: visit.entries < tree.entries,
                "\(name) says that it has \(tree.entries) entries and has \(visit.entries)"))
    }

    private func visit(
        _ number: UInt64, depth: UInt16, _ bounds: Bounds, _ visit: inout Visit, _ fault: (PageFault) -> Void,
        _ body: (TreePage.Node, ArraySlice<UInt8>) throws -> Void
    ) throws {
        let page: TreePage
        do {
            page = try self.page(number, depth: depth, bounds, visit)
        } catch let damage as FileDamage {
            visit.isWhole = false
            fault(
                PageFault(
                    table: visit.name, page: number, low: bounds.low, high: bounds.high, losesEntries: true,
                    damage.description))
            return
        }
        if page.isLeaf { return try visitLeaf(page, number, &visit, fault, body) }
        for (index, node) in page.nodes.enumerated() {
            // The first key of a branch page stands for all that is lower.
            var below = bounds
            if index > 0 { below.low = Array(node.key) }
            if index + 1 < page.nodes.count { below.high = Array(page.nodes[index + 1].key) }
            try self.visit(node.child, depth: depth - 1, below, &visit, fault, body)
        }
    }

    /// A page of a tree, which is in use from then on.
    private func page(_ number: UInt64, depth: UInt16, _ bounds: Bounds, _ visit: Visit) throws -> TreePage {
        guard number >= 2, number <= head.lastPage else {
            throw FileDamage("\(visit.name) refers to page \(number) of \(head.lastPage)")
        }
        guard !marksPages || used.insert(number) else { throw FileDamage("page \(number) has two places") }
        let bytes = try file.read(pageSize, at: Int(number) * pageSize)
        let page = try TreePage(bytes, number: number, keysAreNumbers: visit.keysAreNumbers)
        guard page.isLeaf == (depth == 1), !page.nodes.isEmpty else {
            throw FileDamage("page \(number) is not at the depth at which \(visit.name) has it")
        }
        guard visit.keysAreNumbers || Self.lies(page, within: bounds) else {
            throw FileDamage("page \(number) holds keys that belong elsewhere in \(visit.name)")
        }
        return page
    }

    private func visitLeaf(
        _ page: TreePage, _ number: UInt64, _ visit: inout Visit, _ fault: (PageFault) -> Void,
        _ body: (TreePage.Node, ArraySlice<UInt8>) throws -> Void
    ) throws {
        for node in page.nodes {
            visit.entries += 1
            var value = node.value
            if node.flags & TreePage.largeFlag != 0 {
                do {
                    value = try largeValue(of: node)[...]
                } catch let damage as FileDamage {
                    visit.isWhole = false
                    fault(
                        PageFault(
                            table: visit.name, page: number, low: Array(node.key), high: Array(node.key) + [0],
                            losesEntries: true, damage.description))
                    continue
                }
            }
            try body(node, value)
        }
    }

    /// Whether the keys of a page lie where the page above says; the first one of a branch page is empty.
    private static func lies(_ page: TreePage, within bounds: Bounds) -> Bool {
        let nodes = page.isLeaf ? page.nodes[...] : page.nodes.dropFirst()
        guard let first = nodes.first?.key, let last = nodes.last?.key else { return true }
        if let low = bounds.low, first.lexicographicallyPrecedes(low) { return false }
        if let high = bounds.high, !last.lexicographicallyPrecedes(high) { return false }
        return true
    }

    /// The bytes of a value that lies on pages of its own, which are in use from then on.
    private func largeValue(of node: TreePage.Node) throws -> [UInt8] {
        let page = Array(node.value).number(at: 0)
        let needed = UInt64((Self.header + node.size + pageSize - 1) / pageSize)
        guard page >= 2, page <= head.lastPage, needed <= head.lastPage - page + 1 else {
            throw FileDamage("a large value lies on page \(page) of \(head.lastPage)")
        }
        let bytes = try file.read(Self.header + node.size, at: Int(page) * pageSize)
        // What had a larger value before keeps its pages.
        let pages = UInt64(bytes.word(at: 12))
        guard bytes.number(at: 0) == page, bytes.short(at: 10) == Self.overflowFlag, pages >= needed,
            pages <= head.lastPage - page + 1
        else { throw FileDamage("page \(page) is not that of a large value") }
        for number in page..<page + pages where marksPages && !used.insert(number) {
            throw FileDamage("page \(number) has two places")
        }
        return Array(bytes.dropFirst(Self.header))
    }

    /// The value of a key; nil when it is not there or its page cannot be read.
    package func value(of key: [UInt8], in table: String) throws -> [UInt8]? {
        guard let tree = trees[table], tree.root != TreeRoot.none else { return nil }
        var number = tree.root
        for depth in stride(from: min(tree.depth, Self.depths.upperBound), to: 0, by: -1) {
            guard number >= 2, number <= head.lastPage else { return nil }
            let bytes = try file.read(pageSize, at: Int(number) * pageSize)
            guard let page = try? TreePage(bytes, number: number, keysAreNumbers: false), page.isLeaf == (depth == 1)
            else { return nil }
            if page.isLeaf {
                return page.nodes.first { $0.key.elementsEqual(key) }.flatMap {
                    $0.flags & TreePage.largeFlag == 0 ? Array($0.value) : nil
                }
            }
            // The first key of a branch page stands for all that is lower.
            let behind = page.nodes.dropFirst().firstIndex { key.lexicographicallyPrecedes($0.key) }
            number = page.nodes[(behind ?? page.nodes.endIndex) - 1].child
        }
        return nil
    }
}
