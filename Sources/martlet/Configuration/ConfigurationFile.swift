// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import MartletServer
import Yams

/// The text of a configuration file, checked to have no key that is not known.
///
/// swift-configuration reads the values but cannot list the keys of a file, so this lists them.
struct ConfigurationFile {
    /// The path as it was given, for messages.
    let path: String
    /// The line of each key, from 1.
    let lines: [String: Int]
    /// The users that it names; nil when it says nothing of any.
    let users: [User]?
    /// The text without the users, who are no plain values.
    let settings: String

    /// Reads a file.
    init(path: String) throws(CommandFailure) {
        let text: String
        do {
            text = try String(contentsOf: URL(filePath: path), encoding: .utf8)
        } catch {
            throw CommandFailure(.usage, "cannot read the configuration file '\(path)'; expected a YAML file")
        }
        try self.init(path: path, text: text)
    }

    /// Takes text that was read from `path`.
    init(path: String, text: String) throws(CommandFailure) {
        self.path = path
        let root: Node?
        do {
            root = try compose(yaml: text)
        } catch {
            throw CommandFailure(.usage, "\(path): not YAML: \(error)")
        }
        guard let root, root != Node("", Tag(.null)) else {
            (lines, users, settings) = ([:], nil, "")
            return
        }
        guard let mapping = root.mapping else {
            throw CommandFailure(
                .usage, "\(path): expected the sections \(ConfigurationKey.sections.joined(separator: ", "))")
        }
        var lines: [String: Int] = [:]
        try Self.collect(mapping, prefix: "", path: path, into: &lines)
        self.lines = lines
        guard let users = mapping["access"]?.mapping?["users"] else {
            (self.users, settings) = (nil, text)
            return
        }
        self.users = try UserList(path: path, key: Self.usersKey).users(in: users)
        settings = try Self.text(root, withoutUsersFrom: path)
    }

    /// The key whose value is a list of maps.
    private static let usersKey = "access.users"

    private static func text(_ root: Node, withoutUsersFrom path: String) throws(CommandFailure) -> String {
        var root = root
        root.mapping?["access"]?.mapping?["users"] = nil
        do {
            return try serialize(node: root)
        } catch {
            throw CommandFailure(.usage, "\(path): not YAML: \(error)")
        }
    }

    /// Whether the file sets nothing.
    var isEmpty: Bool { lines.isEmpty && users == nil }

    private static func collect(
        _ mapping: Node.Mapping, prefix: String, path: String, into lines: inout [String: Int]
    ) throws(CommandFailure) {
        for (key, value) in mapping {
            let name = prefix + (key.string ?? "?")
            let line = key.mark?.line ?? 1
            if let section = value.mapping, prefix.isEmpty, ConfigurationKey.sections.contains(name) {
                try collect(section, prefix: "\(name).", path: path, into: &lines)
            } else if let known = ConfigurationKey.all.first(where: { $0.name == name }) {
                guard value.mapping == nil else {
                    throw CommandFailure(.usage, "\(path):\(line): \(name) is a section; expected \(known.expectation)")
                }
                lines[name] = line
            } else if name != usersKey, !(ConfigurationKey.sections.contains(name) && value.null != nil) {
                throw CommandFailure(.usage, "\(path):\(line): \(Self.unknown(name))")
            }
        }
    }

    /// The message about a key that is not known, with those that are.
    static func unknown(_ name: String) -> String {
        let section = String(name.prefix { $0 != "." })
        guard ConfigurationKey.sections.contains(section) else {
            return "unknown section '\(name)'; expected one of \(ConfigurationKey.sections.joined(separator: ", "))"
        }
        if name == "server.allow-remote" {
            return "server.allow-remote is gone: for an address that others can reach name users in access.users or "
                + "access.users-file, or set access.allow-anonymous and server.allow-plaintext"
        }
        let names = (ConfigurationKey.all.map(\.name) + [usersKey]).filter { $0.hasPrefix("\(section).") }
        return "unknown key '\(name)'; expected one of \(names.joined(separator: ", "))"
    }
}
