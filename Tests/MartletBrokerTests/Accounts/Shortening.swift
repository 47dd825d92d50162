// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Makes what fails shorter, as long as it still fails.
enum Shortening {
    /// The shortest that is found by leaving out parts, large ones first.
    static func shortest<Element>(of elements: [Element], _ fails: ([Element]) -> Bool) -> [Element] {
        var left = elements
        var size = max(1, left.count / 2)
        while true {
            var place = 0
            var isShorter = false
            while place < left.count {
                var fewer = left
                fewer.removeSubrange(place..<min(place + size, left.count))
                if fails(fewer) {
                    left = fewer
                    isShorter = true
                } else {
                    place += size
                }
            }
            if size == 1, !isShorter { return left }
            if !isShorter || size > left.count { size = max(1, size / 2) }
        }
    }
}
