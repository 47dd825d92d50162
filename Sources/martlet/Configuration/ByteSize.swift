// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Numbers of bytes as people write them.
enum ByteSize {
    private static let units = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]

    /// Reads a number of bytes, plain or with `KiB`, `MiB`, `GiB` or `TiB`; nil when it is none.
    static func bytes(_ text: String) -> Int? {
        let unit = units.first { text.hasSuffix($0.0) }
        guard let number = plainNumber(String(text.dropLast(unit?.0.count ?? 0))) else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit?.1 ?? 1)
        return overflow ? nil : product
    }

    /// A number of bytes in the largest unit that leaves a whole number.
    static func text(_ bytes: Int) -> String {
        for (unit, factor) in units where bytes >= factor && bytes % factor == 0 { return "\(bytes / factor)\(unit)" }
        return "\(bytes)"
    }

    /// A decimal number as the protocol knows it: no sign, no leading zeros.
    static func plainNumber(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            text == "0" || !text.hasPrefix("0")
        else { return nil }
        return Int(text)
    }
}
