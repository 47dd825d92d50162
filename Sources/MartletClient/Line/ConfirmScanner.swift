// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Reads confirms, the most frequent replies, right out of the bytes: `OK <n>`, `OK <n> subs=0` and `DUP <n>`.
struct ConfirmScanner {
    let bytes: UnsafeRawBufferPointer
    /// Where the next line begins.
    private(set) var index: Int
    private(set) var offset: UInt64 = 0
    private(set) var isDuplicate = false
    private(set) var isUnseen = false

    init(bytes: UnsafeRawBufferPointer, index: Int) {
        self.bytes = bytes
        self.index = index
    }

    /// Takes the next line if it is complete and a confirm; any other line stays where it is.
    @inline(__always)
    mutating func next() -> Bool {
        var at = index
        let count = bytes.count
        guard at &+ 5 <= count else { return false }
        if bytes[at] == UInt8(ascii: "O"), bytes[at &+ 1] == UInt8(ascii: "K"), bytes[at &+ 2] == UInt8(ascii: " ") {
            at &+= 3
            isDuplicate = false
        } else if bytes[at] == UInt8(ascii: "D"), bytes[at &+ 1] == UInt8(ascii: "U"),
            bytes[at &+ 2] == UInt8(ascii: "P"), bytes[at &+ 3] == UInt8(ascii: " ")
        {
            at &+= 4
            isDuplicate = true
        } else {
            return false
        }
        let first = at
        var number: UInt64 = 0
        while at < count {
            let digit = bytes[at] &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            number = number &* 10 &+ UInt64(digit)
            at &+= 1
        }
        // 18 digits cannot overflow; a longer number is left to the careful parser.
        guard at > first, at &- first <= 18 else { return false }
        isUnseen = false
        if at &+ 7 < count, bytes[at] == UInt8(ascii: " ") {
            guard UnsafeRawBufferPointer(rebasing: bytes[at..<(at &+ 7)]).elementsEqual(" subs=0".utf8) else {
                return false
            }
            isUnseen = true
            at &+= 7
        }
        if at < count, bytes[at] == UInt8(ascii: "\r") { at &+= 1 }
        guard at < count, bytes[at] == UInt8(ascii: "\n") else { return false }
        offset = number
        index = at &+ 1
        return true
    }
}
