// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// An option that every publish of a load has.
enum PublishOption: Sendable, Equatable {
    /// An id of its own for each message.
    case id
    /// One of so many keys, picked as if by chance and the same in every run.
    case key(of: Int)
    /// The same key for all.
    case sameKey(String)
    /// A process of its own for every so many messages.
    case process(messages: Int)
    /// Due at a Unix time in milliseconds, or up to so many milliseconds later.
    case due(at: Int, spread: Int)

    /// What stands in the line, with zeros where the number goes.
    func text(publisher: Int) -> String {
        switch self {
        case .id: " id=\(publisher)-" + String(repeating: "0", count: digits)
        case .key: " key=k" + String(repeating: "0", count: digits)
        case .sameKey(let key): " key=\(key)"
        case .process: " process=p\(publisher)-" + String(repeating: "0", count: digits)
        case .due: " at=" + String(repeating: "0", count: digits)
        }
    }

    /// How many digits at the end of the text are the number.
    var digits: Int {
        switch self {
        case .id, .process: 10
        case .key: 8
        case .sameKey: 0
        // Unix milliseconds until the year 2286.
        case .due: 13
        }
    }

    /// The number of a publisher's message, which are counted from one.
    func number(of message: Int, publisher: Int) -> Int {
        switch self {
        case .id: message
        case .key(let keys): Self.scatter(message, publisher) % keys
        case .sameKey: 0
        case .process(let messages): (message - 1) / messages
        case .due(let time, let spread): time + (spread > 0 ? Self.scatter(message, publisher) % spread : 0)
        }
    }

    /// A number that says nothing of its neighbours.
    private static func scatter(_ message: Int, _ publisher: Int) -> Int {
        var bits = (UInt64(publisher) << 40 | UInt64(message)) &* 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((bits ^ (bits >> 31)) >> 1)
    }
}
