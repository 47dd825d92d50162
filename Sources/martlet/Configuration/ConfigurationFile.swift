// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Yams

/// The text of a configuration file, checked to have no key that is not known.
///
/// swift-configuration reads the values but cannot list the keys of a file, so this lists them.
struct ConfigurationFile {
    /// The path as it was given, for messages.
    let path: String
    /// The text.
    let text: String
    /// The line of each key, from 1.
    let lines: [String: Int]

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
        self.text = text
        let root: Node?
        do {
            root = try compose(yaml: text)
        } catch {
            throw CommandFailure(.usage, "\(path): not YAML: \(error)")
        }
        guard let root, root != Node("", Tag(.null)) else {
            self.lines = [:]
            return
        }
        guard let mapping = root.mapping else {
            throw CommandFailure(
                .usage, "\(path): expected the sections \(ConfigurationKey.sections.joined(separator: ", "))")
        }
        var lines: [String: Int] = [:]
        try Self.collect(mapping, prefix: "", path: path, into: &lines)
        self.lines = lines
    }

    /// Whether the file sets nothing.
    var isEmpty: Bool { lines.isEmpty }

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
            } else if !(ConfigurationKey.sections.contains(name) && value.null != nil) {
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
        let names = ConfigurationKey.all.map(\.name).filter { $0.hasPrefix("\(section).") }
        return "unknown key '\(name)'; expected one of \(names.joined(separator: ", "))"
    }
}
