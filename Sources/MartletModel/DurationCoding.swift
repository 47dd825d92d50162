// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Durations as people write them: a number with `ms`, `s`, `m`, `h` or `d`.
package enum DurationCoding {
    private static let units: [(name: StaticString, milliseconds: Int)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    /// The milliseconds of a duration such as `500ms` or `30s`, or nil when it is none or does not fit a number.
    package static func decode(_ text: some Collection<UInt8>) -> Int? {
        let digits = text.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty, digits.count <= 19, digits.count == 1 || digits.first != UInt8(ascii: "0"),
            let number = Int(String(decoding: digits, as: UTF8.self))
        else { return nil }
        let name = String(decoding: text[digits.endIndex...], as: UTF8.self)
        guard let unit = units.first(where: { "\($0.name)" == name }) else { return nil }
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: unit.milliseconds)
        return overflow ? nil : milliseconds
    }

    /// The milliseconds of a duration such as `500ms` or `30s`, or nil when it is none or does not fit a number.
    package static func decode(_ text: some StringProtocol) -> Int? { decode(Array(text.utf8)) }

    /// The duration in the largest unit that divides it.
    package static func encode(_ milliseconds: Int) -> String {
        guard let unit = units.first(where: { milliseconds != 0 && milliseconds % $0.milliseconds == 0 }) else {
            return "\(milliseconds)ms"
        }
        return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }
}
