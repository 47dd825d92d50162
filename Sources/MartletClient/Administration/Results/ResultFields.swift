// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The members of an object that a broker told; those that are not asked for do not matter.
struct ResultFields {
    let rawJSON: [UInt8]
    private let value: JSONValue

    init(_ value: JSONValue, rawJSON: [UInt8] = []) {
        self.value = value
        self.rawJSON = rawJSON
    }

    /// A number that is not below 0.
    func number(_ name: String) throws(ClientError) -> UInt64 {
        guard let number = optionalNumber(name) else { throw Self.violation("a number as \(name)") }
        return number
    }

    func optionalNumber(_ name: String) -> UInt64? {
        value[name]?.integer.flatMap { UInt64(exactly: $0) }
    }

    /// How many there are of something.
    func count(_ name: String) throws(ClientError) -> Int {
        guard let count = optionalCount(name) else { throw Self.violation("a number as \(name)") }
        return count
    }

    func optionalCount(_ name: String) -> Int? { value[name]?.integer }

    func text(_ name: String) throws(ClientError) -> String {
        guard let text = optionalText(name) else { throw Self.violation("a text as \(name)") }
        return text
    }

    /// The text; of one that is not UTF-8, what can be shown; nil when there is none.
    func optionalText(_ name: String) -> String? {
        value[name]?.string ?? base64(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A text that may be left empty: nil then.
    func filledText(_ name: String) -> String? {
        optionalText(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The bytes, whether they came as text or as base64.
    func bytes(_ name: String) throws(ClientError) -> [UInt8] {
        if let text = value[name]?.string { return Array(text.utf8) }
        guard let bytes = base64(name) else { throw Self.violation("bytes as \(name)") }
        return bytes
    }

    private func base64(_ name: String) -> [UInt8]? {
        value["\(name)Base64"]?.string.flatMap { Base64.decode($0) }
    }

    func flag(_ name: String) -> Bool? {
        if case .bool(let flag)? = value[name] { flag } else { nil }
    }

    /// A duration of whole milliseconds; 0 is nil.
    func duration(_ name: String) -> Duration? {
        optionalCount(name).flatMap { $0 > 0 ? .milliseconds($0) : nil }
    }

    /// The elements of a list, or of one that is not there.
    func list(_ name: String) -> [JSONValue] { value[name]?.array ?? [] }

    /// An object within it.
    func object(_ name: String) -> ResultFields? {
        guard let value = value[name], value.members != nil else { return nil }
        return ResultFields(value)
    }

    /// The texts of an object, under their names.
    func texts(_ name: String) -> [(name: String, value: String)] {
        (value[name]?.members ?? [:]).compactMap { name, value in value.string.map { (name, $0) } }
            .sorted { $0.name < $1.name }
    }

    static func violation(_ what: String) -> ClientError {
        ClientError(.protocolViolation, "the broker's answer: expected \(what)")
    }
}
