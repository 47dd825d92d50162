// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Something that the broker said.
struct WireFrame: Sendable {
    /// The line without its end.
    var line: String
    /// Headers and body of `MSG`, the body of `DATA`.
    var data: [UInt8] = []

    var fields: [Substring] { line.split(separator: " ", omittingEmptySubsequences: false) }

    /// The value of an option.
    func option(_ name: String) -> String? {
        fields.first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    /// Whether the broker says this on its own.
    var isPush: Bool {
        line.hasPrefix("MSG ") || line.hasPrefix("LOST ") || line.hasPrefix("GONE ") || line == "PING"
            || line.hasPrefix("BYE ")
    }

    /// The bytes that follow the line, without their line end, or nil when none follow.
    var dataLength: Int? {
        let fields = fields
        if fields[0] == "DATA", fields.count > 1 { return Int(fields[1]) }
        guard fields[0] == "MSG", fields.count > 5, let length = Int(fields[5]) else { return nil }
        return length + (option("hdr").flatMap { Int($0) } ?? 0)
    }

    /// A number among the positional fields.
    func number(_ index: Int) -> UInt64? { fields.indices.contains(index) ? UInt64(fields[index]) : nil }

    var consumer: UInt64? { number(1) }
    var tag: UInt64? { number(2) }
    var offset: UInt64? { number(3) }
    var attempt: UInt64? { number(4) }

    /// The headers of a `MSG`, as they came.
    var headers: String { String(decoding: data.prefix(option("hdr").flatMap { Int($0) } ?? 0), as: UTF8.self) }

    /// The body of a `MSG` or `DATA`, as text.
    var body: String { String(decoding: data.dropFirst(headers.utf8.count), as: UTF8.self) }
}
