// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Visits pages of one tree, and finds out when they are not a tree.
struct TreeWalk {
    /// Which pages are visited.
    enum Reach {
        /// All of them.
        case all
        /// Those on the way to the first and to the last entry, and as many branch pages between as may be read.
        case branches
    }

    /// A page's place in its tree.
    private struct Place {
        var depth: Int
        /// Whether it is on the way to the first entry, and to the last.
        var isFirst = true
        var isLast = true
    }

    let file: PageFile
    let head: FileHead
    /// Pages that were visited, of other trees too: no page has two places.
    private(set) var visited: Set<UInt64> = []
    /// How many branch pages may be read besides those on the way to an end.
    private var branchesLeft: Int

    init(_ file: PageFile, _ head: FileHead, branches: Int) {
        self.file = file
        self.head = head
        branchesLeft = branches
    }

    /// Gives the entries of the pages that are visited, in their order, until `body` says that it is enough.
    mutating func visit(
        _ tree: TreeRoot, _ name: String, _ reach: Reach, keysAreNumbers: Bool = false,
        _ body: (TreePage.Node) throws -> Bool
    ) throws {
        if tree.root == TreeRoot.none {
            guard tree.entries == 0 else { throw FileDamage("\(name) has lost its root") }
            return
        }
        guard (1...32).contains(tree.depth), tree.entries > 0 else {
            throw FileDamage("the root of \(name) is not what was written")
        }
        _ = try visit(page: tree.root, Place(depth: Int(tree.depth)), name, reach, keysAreNumbers, body)
    }

    private mutating func visit(
        page number: UInt64, _ place: Place, _ name: String, _ reach: Reach, _ keysAreNumbers: Bool,
        _ body: (TreePage.Node) throws -> Bool
    ) throws -> Bool {
        guard (2...head.lastPage).contains(number) else {
            throw FileDamage("\(name) refers to page \(number) of \(head.lastPage)")
        }
        guard visited.insert(number).inserted else { throw FileDamage("page \(number) has two places") }
        guard reach == .all || place.isFirst || place.isLast else {
            try glance(at: number, depth: place.depth, name)
            return true
        }
        let bytes = try file.read(head.pageSize, at: Int(number) * head.pageSize)
        let page = try TreePage(bytes, number: number, keysAreNumbers: keysAreNumbers)
        guard page.isLeaf == (place.depth == 1), !page.nodes.isEmpty else {
            throw FileDamage("page \(number) is not at the depth at which \(name) has it")
        }
        if page.isLeaf {
            for node in page.nodes where try !body(node) { return false }
            return true
        }
        for (index, node) in page.nodes.enumerated() {
            let below = Place(
                depth: place.depth - 1, isFirst: place.isFirst && index == 0,
                isLast: place.isLast && index == page.nodes.count - 1)
            if reach == .branches, below.depth == 1, !below.isFirst, !below.isLast { continue }
            guard try visit(page: node.child, below, name, reach, keysAreNumbers, body) else { return false }
        }
        return true
    }

    /// Looks at a branch page between the ends and at those below it, if they may still be read.
    ///
    /// There are many of them, so that nothing but their kind, their numbers and whom they refer to is looked at.
    private mutating func glance(at number: UInt64, depth: Int, _ name: String) throws {
        guard depth > 1, branchesLeft > 0 else { return }
        branchesLeft -= 1
        let bytes = try file.read(head.pageSize, at: Int(number) * head.pageSize)
        for child in try TreePage.children(bytes, number: number) {
            guard (2...head.lastPage).contains(child) else {
                throw FileDamage("\(name) refers to page \(child) of \(head.lastPage)")
            }
            // What lies on a leaf shows when it is read.
            guard depth > 2 else { continue }
            guard visited.insert(child).inserted else { throw FileDamage("page \(child) has two places") }
            try glance(at: child, depth: depth - 1, name)
        }
    }

    /// The bytes of a value, wherever it lies.
    func value(of node: TreePage.Node) throws -> [UInt8] {
        guard node.flags & TreePage.largeFlag != 0 else { return Array(node.value) }
        let page = Array(node.value).number(at: 0)
        let header = 16
        let pages = (header + node.size + head.pageSize - 1) / head.pageSize
        guard page >= 2, page <= head.lastPage, UInt64(pages) <= head.lastPage - page + 1 else {
            throw FileDamage("a large value lies on page \(page) of \(head.lastPage)")
        }
        let bytes = try file.read(header + node.size, at: Int(page) * head.pageSize)
        guard bytes.number(at: 0) == page, bytes.short(at: 10) == 0x04, bytes.word(at: 12) >= UInt32(pages) else {
            throw FileDamage("page \(page) is not that of a large value")
        }
        return Array(bytes.dropFirst(header))
    }
}
