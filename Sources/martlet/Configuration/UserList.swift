// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import MartletModel
import MartletServer
import Yams

/// The users of a YAML file: the value of `access.users`, or a file of their own.
///
/// What stands where a digest belongs is never repeated in a message: it may be a token.
struct UserList {
    /// The path of the file, for messages.
    let path: String
    /// The key of the list, for messages; empty when the list is the whole file.
    let key: String

    private static let keys = ["name", "token-sha256", "certificate", "publish", "consume", "manage", "admin"]
    private static let maxBytes = 200

    /// Reads a file whose whole content is the list.
    static func users(ofFile path: String) throws(CommandFailure) -> [User] {
        let text: String
        do {
            text = try String(contentsOf: URL(filePath: path), encoding: .utf8)
        } catch {
            throw CommandFailure(.usage, "access.users-file: cannot read '\(path)'; expected a YAML file with users")
        }
        let root: Node?
        do {
            root = try compose(yaml: text)
        } catch {
            throw CommandFailure(.usage, "\(path): not YAML: \(error)")
        }
        return try UserList(path: path, key: "").users(in: root ?? Node("", Tag(.null)))
    }

    /// Reads the list.
    func users(in node: Node) throws(CommandFailure) -> [User] {
        guard let entries = node.sequence, !entries.isEmpty else {
            let name = key.isEmpty ? "" : "\(key): "
            throw CommandFailure(
                .usage,
                "\(place(node)): \(name)expected a list of users, at least one, each with a name, "
                    + "token-sha256 or certificate, and publish, consume, manage or admin")
        }
        var users: [User] = []
        for (index, entry) in entries.enumerated() {
            let user = try user(entry, number: index + 1)
            try refuseRepeat(of: user, among: users, entry, number: index + 1)
            users.append(user)
        }
        return users
    }

    private func place(_ node: Node) -> String { "\(path):\(node.mark?.line ?? 1)" }

    private func refusal(_ node: Node, _ number: Int, _ field: String, _ text: String) -> CommandFailure {
        let list = key.isEmpty ? "user" : key
        return CommandFailure(
            .usage, "\(place(node)): \(list)[\(number)]\(field.isEmpty ? "" : ".\(field)"): \(text)")
    }

    private func user(_ entry: Node, number: Int) throws(CommandFailure) -> User {
        guard let fields = entry.mapping else {
            throw refusal(entry, number, "", "expected a map with \(Self.keys.joined(separator: ", "))")
        }
        for (name, _) in fields where !Self.keys.contains(name.string ?? "") {
            let known = Self.keys.joined(separator: ", ")
            throw refusal(name, number, "", "unknown key '\(name.string ?? "?")'; expected one of \(known)")
        }
        func texts(_ field: String, _ expectation: String) throws(CommandFailure) -> [(node: Node, text: String)] {
            guard let value = fields[Node(field)] else { return [] }
            var found: [(node: Node, text: String)] = []
            for item in value.sequence.map(Array.init) ?? [value] {
                guard let text = item.scalar?.string, item.null == nil, !text.isEmpty else {
                    throw refusal(item, number, field, "expected \(expectation)")
                }
                found.append((item, text))
            }
            return found
        }
        let named = "1 to \(Self.maxBytes) bytes of text"
        let names = try texts("name", named)
        guard names.count == 1, let name = names.first, name.text.utf8.count <= Self.maxBytes else {
            throw refusal(names.first?.node ?? entry, number, "name", "expected \(named)")
        }
        let certificates = try texts("certificate", "the name in a client's certificate")
        var tokens: [TokenDigest] = []
        let digest = "64 hexadecimal digits, as 'martlet token new' prints them"
        for (node, text) in try texts("token-sha256", digest) {
            guard let token = TokenDigest(hex: text) else {
                throw refusal(node, number, "token-sha256", "expected \(digest)")
            }
            tokens.append(token)
        }
        guard !tokens.isEmpty || !certificates.isEmpty else {
            throw refusal(entry, number, "", "expected token-sha256 or certificate, by which the user is known")
        }
        func patterns(_ right: Right) throws(CommandFailure) -> [NamePattern] {
            var patterns: [NamePattern] = []
            for (node, text) in try texts(right.rawValue, "a list of topics, each \(NamePattern.form)") {
                guard let pattern = NamePattern(text) else {
                    throw refusal(node, number, right.rawValue, "'\(text)' is not \(NamePattern.form)")
                }
                patterns.append(pattern)
            }
            return patterns
        }
        let access =
            try isAdmin(fields, number: number)
            ? Access.admin(user: name.text)
            : Access(
                user: name.text, publish: try patterns(.publish), consume: try patterns(.consume),
                manage: try patterns(.manage))
        return User(access, tokens: tokens, certificates: certificates.map(\.text))
    }

    private func isAdmin(_ fields: Node.Mapping, number: Int) throws(CommandFailure) -> Bool {
        guard let value = fields["admin"] else { return false }
        guard let flag = value.scalar.flatMap({ Bool($0.string) }) else {
            throw refusal(value, number, "admin", "expected true or false")
        }
        return flag
    }

    private func refuseRepeat(
        of user: User, among users: [User], _ entry: Node, number: Int
    ) throws(CommandFailure) {
        for (index, other) in users.enumerated() {
            let field: String? =
                if other.access.user == user.access.user {
                    "name"
                } else if other.tokens.contains(where: user.tokens.contains) {
                    "token-sha256"
                } else if other.certificates.contains(where: user.certificates.contains) {
                    "certificate"
                } else {
                    nil
                }
            if let field { throw refusal(entry, number, field, "user \(index + 1) has the same") }
        }
    }
}
