// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// One page of a tree, its places checked.
///
/// Number (8), pad (2), flags (2), where the places of the nodes end (2), where the nodes begin (2), the places (2
/// each). A node is: low and high half of the value's size or, on a branch page, of the child's number (2 each),
/// flags or the number's upper bits (2), size of the key (2), key, value.
struct TreePage {
    private static let header = 16
    private static let branchFlag: UInt16 = 0x01
    private static let leafFlag: UInt16 = 0x02

    /// Of a value: it lies on pages of its own.
    static let largeFlag: UInt16 = 0x01
    /// Of a value: it is the root of a named table.
    static let tableFlag: UInt16 = 0x02

    /// One node of a page.
    struct Node {
        /// On a branch page: the child.
        let child: UInt64
        /// On a leaf page: LMDB's flags of the value.
        let flags: UInt16
        /// On a leaf page: the bytes of the value, wherever it lies.
        let size: Int
        let key: ArraySlice<UInt8>
        /// On a leaf page: the value, or where it lies when it is large.
        let value: ArraySlice<UInt8>
    }

    let isLeaf: Bool
    let nodes: [Node]

    /// Checks a page that is to be of a tree, whose keys are bytes or machine words.
    init(_ bytes: [UInt8], number: UInt64, keysAreNumbers: Bool) throws(FileDamage) {
        let flags = bytes.short(at: 10)
        guard bytes.number(at: 0) == number, flags == Self.leafFlag || flags == Self.branchFlag else {
            throw FileDamage("page \(number) is not the page of a tree that it must be")
        }
        isLeaf = flags == Self.leafFlag
        let lower = Int(bytes.short(at: 12))
        let upper = Int(bytes.short(at: 14))
        guard lower >= Self.header, lower % 2 == 0, lower <= upper, upper <= bytes.count else {
            throw FileDamage("page \(number) says wrongly where its contents lie")
        }
        var nodes: [Node] = []
        for place in stride(from: Self.header, to: lower, by: 2) {
            guard let node = Self.node(bytes, at: Int(bytes.short(at: place)), from: upper, isLeaf) else {
                throw FileDamage("an entry of page \(number) reaches beyond it")
            }
            nodes.append(node)
        }
        self.nodes = nodes
        // The first key of a branch page stands for all that is lower, and is empty.
        for (left, right) in zip(nodes, nodes.dropFirst()).dropFirst(isLeaf ? 0 : 1) {
            guard left.key.isBelow(right.key, asNumbers: keysAreNumbers) else {
                throw FileDamage("the keys of page \(number) are out of order")
            }
        }
    }

    /// The children of what must be a branch page.
    static func children(_ bytes: [UInt8], number: UInt64) throws(FileDamage) -> [UInt64] {
        let lower = Int(bytes.short(at: 12))
        guard bytes.number(at: 0) == number, bytes.short(at: 10) == branchFlag, lower > header, lower % 2 == 0,
            lower <= bytes.count
        else { throw FileDamage("page \(number) is not the branch page that it must be") }
        var children: [UInt64] = []
        children.reserveCapacity((lower - header) / 2)
        for place in stride(from: header, to: lower, by: 2) {
            let node = Int(bytes.short(at: place))
            guard node >= lower, node + 8 <= bytes.count else {
                throw FileDamage("an entry of page \(number) reaches beyond it")
            }
            children.append(UInt64(bytes.word(at: node)) | UInt64(bytes.short(at: node + 4)) << 32)
        }
        return children
    }

    private static func node(_ bytes: [UInt8], at start: Int, from upper: Int, _ isLeaf: Bool) -> Node? {
        guard start >= upper, start + 8 <= bytes.count else { return nil }
        let low = UInt64(bytes.word(at: start))
        let flags = bytes.short(at: start + 4)
        let key = start + 8
        let value = key + Int(bytes.short(at: start + 6))
        // A value on pages of its own leaves their number behind.
        let size = !isLeaf ? 0 : flags & largeFlag != 0 ? 8 : Int(low)
        guard value + size <= bytes.count else { return nil }
        return Node(
            child: low | UInt64(flags) << 32, flags: flags, size: Int(low), key: bytes[key..<value],
            value: bytes[value..<(value + size)])
    }
}

extension ArraySlice<UInt8> {
    /// Whether a key comes before another in LMDB's order, or in that of machine words where keys are numbers.
    fileprivate func isBelow(_ other: ArraySlice<UInt8>, asNumbers: Bool) -> Bool {
        asNumbers
            ? reversed().lexicographicallyPrecedes(other.reversed()) && count == 8 && other.count == 8
            : lexicographicallyPrecedes(other)
    }
}
