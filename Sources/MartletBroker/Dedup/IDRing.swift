// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// Ids in the order in which they came, each under a number that counts up and may wrap around.
///
/// They lie in blocks that are allocated as they fill and freed as they empty, so that nothing moves when more come.
struct IDRing: ~Copyable {
    /// Ids of a block.
    private static let blockSize: UInt32 = 1_024

    // SAFETY: a block is allocated by `append` when its first number comes, and freed by `removeFirst` behind its last
    // or by `deinit`; the numbers from `first` on, `count` of them, are initialized, and nothing else is read.
    private var blocks: [UnsafeMutablePointer<MessageID>?] = [nil]
    /// The number of the oldest.
    private(set) var first: UInt32
    private(set) var count = 0

    /// Begins at a number, which is a multiple of a block.
    init(first: UInt32 = 0) {
        precondition(first.isMultiple(of: Self.blockSize))
        self.first = first
    }

    deinit { for block in blocks { block?.deallocate() } }

    /// The id of a number that is held.
    @inline(__always)
    subscript(number: UInt32) -> MessageID {
        guard let block = blocks[place(of: number)] else { preconditionFailure("no id has the number \(number)") }
        return block[Int(number % Self.blockSize)]
    }

    /// Takes an id and gives it a number.
    mutating func append(_ id: MessageID) -> UInt32 {
        let number = first &+ UInt32(count)
        if number.isMultiple(of: Self.blockSize) { makeRoom(for: number) }
        blocks[place(of: number)]?.advanced(by: Int(number % Self.blockSize)).initialize(to: id)
        count += 1
        return number
    }

    /// Forgets the oldest.
    mutating func removeFirst() {
        precondition(count > 0)
        let place = place(of: first)
        first &+= 1
        count -= 1
        guard first.isMultiple(of: Self.blockSize) else { return }
        blocks[place]?.deallocate()
        blocks[place] = nil
    }

    /// Where the block of a number is; the count of blocks is a power of 2, so this goes on where numbers wrap around.
    @inline(__always)
    private func place(of number: UInt32) -> Int { Int(number / Self.blockSize) & (blocks.count - 1) }

    private mutating func makeRoom(for number: UInt32) {
        if blocks[place(of: number)] != nil {
            // It is the block of the oldest: all are in use, and each gets a place among twice as many.
            let old = blocks
            blocks = Array(repeating: nil, count: 2 * old.count)
            for index in 0..<UInt32(old.count) {
                let member = first &+ index &* Self.blockSize
                blocks[place(of: member)] = old[Int(member / Self.blockSize) & (old.count - 1)]
            }
        }
        blocks[place(of: number)] = .allocate(capacity: Int(Self.blockSize))
    }
}
