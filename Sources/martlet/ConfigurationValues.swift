// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// Reads a duration as the protocol writes it, such as `500ms`, `30s`, `5m`, `1h` or `7d`; nil when it is none.
    static func milliseconds(_ text: String) -> Int? {
        measured(text, units: ["ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000], plain: nil)
    }
}

/// Numbers of bytes as people write them.
enum ByteSize {
    /// Reads a number of bytes, plain or with `KiB`, `MiB`, `GiB` or `TiB`; nil when it is none.
    static func bytes(_ text: String) -> Int? {
        measured(text, units: ["KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40], plain: 1)
    }
}

/// A decimal number as the protocol knows it: no sign, no leading zeros.
func plainNumber(_ text: String) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
        text == "0" || !text.hasPrefix("0")
    else { return nil }
    return Int(text)
}

private func measured(_ text: String, units: [String: Int], plain: Int?) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = String(text.dropFirst(digits.count))
    guard let factor = unit.isEmpty ? plain : units[unit], let number = plainNumber(String(digits)) else { return nil }
    let (product, overflow) = number.multipliedReportingOverflow(by: factor)
    return overflow ? nil : product
}

/// A duration in the largest unit that leaves a whole number.
func durationText(_ milliseconds: Int) -> String {
    for (unit, factor) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)]
    where milliseconds >= factor && milliseconds % factor == 0 {
        return "\(milliseconds / factor)\(unit)"
    }
    return "\(milliseconds)ms"
}

/// A number of bytes in the largest unit that leaves a whole number.
func sizeText(_ bytes: Int) -> String {
    for (unit, factor) in [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
    where bytes >= factor && bytes % factor == 0 {
        return "\(bytes / factor)\(unit)"
    }
    return "\(bytes)"
}
