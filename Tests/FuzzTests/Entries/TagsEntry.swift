// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletProtocol

/// Lists of tags and of offsets: what is read is in order, and is read again as it is written.
enum TagsEntry {
    /// Numbers that are still compared one by one.
    private static let few = 10_000

    static func read(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        if let ranges = TagList.ranges(in: text) {
            for (range, next) in zip(ranges, ranges.dropFirst()) {
                try BrokenProperty.unless(range.upperBound < next.lowerBound, "\(ranges) overlap or do not ascend")
            }
            let written = TagList.text(ranges)
            let again = TagList.ranges(in: written)
            let isCut = written.hasSuffix(",more")
            try BrokenProperty.unless(
                isCut ? ranges.starts(with: again ?? []) : again == ranges, "\(ranges) are written as '\(written)'")
        }
        if let list = OffsetList.numbers(in: text), (1...few).contains(list.numbers.count) {
            let written = OffsetList.text(list.numbers)
            let again = OffsetList.numbers(in: written)
            try BrokenProperty.unless(
                again.map { $0.isCut ? list.numbers.starts(with: $0.numbers) : $0.numbers == list.numbers } == true,
                "\(list.numbers) are written as '\(written)'")
        }
    }

    static var seeds: [[UInt8]] {
        ["7", "7,9", "100-163,170", "1-3,2-9,1", "9223372036854775807", "1-9223372036854775807", "5,6,more", "0-0"]
            .map { Array($0.utf8) }
    }
}
