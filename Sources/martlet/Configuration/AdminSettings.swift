// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletAdmin

/// What the configuration says of the administration.
struct AdminSettings: Sendable {
    /// Where it listens.
    enum Port: Equatable, Sendable {
        /// At the port after that of the broker; any free one when the broker takes any.
        case next
        /// At this one; 0 takes any free one.
        case number(Int)
        /// Nowhere.
        case off
    }

    /// One key.
    enum Key: Sendable {
        case host
        case port
        case allowRemote
        case names

        /// What was expected, for the message about a bad value.
        var expectation: String {
            switch self {
            case .host: "text that is not empty"
            case .port: "next, off or a whole number from 0 to 65535"
            case .allowRemote: "true or false"
            case .names: "a list of host names"
            }
        }
    }

    /// The settings that the administration itself knows; its port is set when the broker's is known.
    var configuration = AdminConfiguration()
    /// Where it listens.
    var port = Port.next

    /// Takes a value; false when it is not what is expected.
    mutating func set(_ key: Key, _ items: [String]) -> Bool {
        if key == .names {
            configuration.names = items.filter { !$0.isEmpty }
            return configuration.names.allSatisfy { $0.wholeMatch(of: /[A-Za-z0-9._\-]+/) != nil }
        }
        guard items.count == 1, let text = items.first, !text.isEmpty else { return false }
        switch key {
        case .host: configuration.host = text
        case .allowRemote:
            guard let value = Bool(text) else { return false }
            configuration.allowRemote = value
        case .port where text == "next": port = .next
        case .port where text == "off": port = .off
        case .port:
            guard let number = ByteSize.plainNumber(text), number <= 65_535 else { return false }
            port = .number(number)
        case .names: break
        }
        return true
    }

    /// A value as it would be written.
    func text(of key: Key) -> String {
        switch key {
        case .host: configuration.host
        case .port:
            switch port {
            case .next: "next"
            case .number(let number): "\(number)"
            case .off: "off"
            }
        case .allowRemote: "\(configuration.allowRemote)"
        case .names: "[\(configuration.names.joined(separator: ", "))]"
        }
    }

    /// The settings beside a broker that is to listen on a port; nil when the administration is off.
    func configuration(besidePort broker: Int) -> AdminConfiguration? {
        var configuration = configuration
        switch port {
        case .off: return nil
        case .number(let number): configuration.port = number
        case .next: configuration.port = broker == 0 || broker == 65_535 ? 0 : broker + 1
        }
        return configuration
    }
}
