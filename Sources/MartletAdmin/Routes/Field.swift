// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// Something that a request may say, in its query or in the JSON object that it carries.
struct Field: Sendable {
    /// Where it stands.
    enum Place: Sendable {
        case query
        case body
    }

    /// What values it takes.
    enum Kind: Sendable, Equatable {
        /// Any text.
        case text
        /// One of some words.
        case words([String])
        /// A whole number.
        case number
        /// A duration as on the wire, such as `30s`, or a number of milliseconds.
        case duration
        /// Durations.
        case durations
        /// Yes or no.
        case flag
    }

    /// Its name.
    let name: String
    /// What values it takes.
    let kind: Kind
    /// Whether there is no request without it.
    let isRequired: Bool
    /// The word that a 0 stands for on the wire, where there is one.
    let zero: String?
    /// What holds when it is not given.
    let usual: String?
    /// What it is about.
    let about: String

    init(
        _ name: String, _ kind: Kind, _ about: String, isRequired: Bool = false, zero: String? = nil,
        usual: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.about = about
        self.isRequired = isRequired
        self.zero = zero
        self.usual = usual
    }

    /// Its name on the wire: `maxFailures` is `max-failures`.
    var wireName: String {
        name.reduce(into: "") { $0 += $1.isUppercase ? "-\($1.lowercased())" : "\($1)" }
    }

    /// The value of a query as the wire has it; nil when it says nothing.
    func wire(_ value: [UInt8]) throws(Refusal) -> WireValue? {
        guard !value.isEmpty else { return nil }
        guard kind == .flag else { return .value(value) }
        return try wire(.flag(value.elementsEqual("true".utf8)))
    }

    /// The value of a body as the wire has it; nil when it says nothing.
    func wire(_ value: BodyValue) throws(Refusal) -> WireValue? {
        switch (kind, value) {
        case (_, .null): return nil
        case (.flag, .flag(let isSet)): return isSet ? .word : nil
        case (.text, .text(let text)), (.words, .text(let text)), (.duration, .text(let text)),
            (.durations, .text(let text)):
            return text.isEmpty ? nil : WireValue(text)
        case (.number, .text(let text)) where zero == text: return WireValue(text)
        case (.number, .number(let number)): return WireValue(number == 0 ? zero ?? "0" : "\(number)")
        case (.duration, .number(let number)): return WireValue(number == 0 ? zero ?? "0ms" : "\(number)ms")
        case (.durations, .list(let items)):
            var parts: [String] = []
            for item in items {
                switch item {
                case .text(let text): parts.append(text)
                case .number(let number): parts.append("\(number)ms")
                default: throw refusal
                }
            }
            return WireValue(parts.joined(separator: ","))
        default: throw refusal
        }
    }

    private var refusal: Refusal {
        let expected =
            switch kind {
            case .text: "a text"
            case .words(let words): "one of \(words.joined(separator: ", "))"
            case .number: "a whole number"
            case .duration: "a duration such as \"30s\", or milliseconds"
            case .durations: "a list of durations such as \"30s\", or milliseconds"
            case .flag: "true or false"
            }
        return Refusal(.badArgument, "\(name): expected \(expected)")
    }
}
