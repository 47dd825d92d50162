// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Ascending offsets in about a byte each: those that follow closely on each other take the least.
struct OffsetQueue {
    private var bytes: [UInt8] = []
    private var head = 0
    private var last: UInt64 = 0
    private var next: UInt64 = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }
    /// Bytes of memory that it takes.
    var memory: Int { bytes.capacity }

    /// Appends an offset that is larger than all before it.
    mutating func append(_ offset: UInt64) {
        precondition(count == 0 || offset > last, "offsets ascend")
        if count == 0 {
            next = offset
        } else {
            var rest = offset - last
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(truncatingIfNeeded: rest))
        }
        last = offset
        count += 1
    }

    /// The least offset.
    var first: UInt64? { count > 0 ? next : nil }

    /// Takes the least offset.
    mutating func popFirst() -> UInt64? {
        guard count > 0 else { return nil }
        let offset = next
        count -= 1
        if count == 0 {
            bytes = []
            head = 0
            return offset
        }
        var step: UInt64 = 0
        var shift: UInt64 = 0
        while bytes[head] >= 0x80 {
            step |= UInt64(bytes[head] & 0x7F) << shift
            shift += 7
            head += 1
        }
        step |= UInt64(bytes[head]) << shift
        head += 1
        next += step
        if head >= 4_096, head * 2 > bytes.count {
            bytes.removeFirst(head)
            head = 0
        }
        return offset
    }
}
