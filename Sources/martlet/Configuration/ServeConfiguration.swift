// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Configuration
import Logging
import MartletModel
import MartletServer

/// All that `martlet serve` can be told, read from the file, the environment and the command line.
struct ServeConfiguration: Sendable {
    /// The settings of the server.
    var server = ServerConfiguration()
    /// The settings of the administration.
    var admin = AdminSettings()
    /// The least severe log messages that are written.
    var logLevel = Logger.Level.info
    /// The users of the settings themselves; nil when they name none.
    private(set) var namedUsers: [User]?
    /// The form of the lines of the log.
    var logFormat = LogFormat.text

    /// The defaults.
    init() {}

    /// Reads the layers; the command line wins over the environment, and that over the file.
    ///
    /// - Parameters:
    ///   - flags: values of the command line by the name of their key, and the flag that each was given with.
    init(
        file: ConfigurationFile?, environment: [String: String], flags: [String: (flag: String, value: String)] = [:]
    ) throws(CommandFailure) {
        var places: [String: String] = [:]
        try self.init(file: file, environment: environment, flags: flags, places: &places)
    }

    /// The same, with the place of each value that is set, by the name of its key.
    init(
        file: ConfigurationFile?, environment: [String: String], flags: [String: (flag: String, value: String)],
        places: inout [String: String]
    ) throws(CommandFailure) {
        let environment = environment.filter { !Self.isServiceLink($0.key, $0.value) }
        try Self.refuseUnknown(environment)
        let layers = try Self.layers(file: file, environment: environment, flags: flags)
        for key in ConfigurationKey.all {
            for layer in layers {
                guard let items = try layer.items(of: key) else { continue }
                guard key.apply(items, to: &self) else {
                    throw layer.refusal(
                        of: key, value: items.joined(separator: ","),
                        complaint: items.lazy.compactMap { key.complaint(about: $0) }.first)
                }
                places[key.name] = layer.place(key)
                break
            }
        }
        namedUsers = file?.users
        try checkRelations()
    }

    /// The users that these settings name, read anew from their own file if they have one.
    ///
    /// - Throws: when they cannot be read, or when one has a certificate for which no client is ever asked.
    func users() throws(CommandFailure) -> [User] {
        let users = server.usersFile.isEmpty ? namedUsers ?? [] : try UserList.users(ofFile: server.usersFile)
        if server.tlsClientCA.isEmpty, let user = users.first(where: { !$0.certificates.isEmpty }) {
            let setting = server.usersFile.isEmpty ? "access.users" : "access.users-file"
            throw CommandFailure(
                .usage,
                "\(setting): '\(user.access.user)' has a certificate, but server.tls-client-ca is not set, so that no "
                    + "client is asked for one; set server.tls-client-ca to the file with the authority that signs "
                    + "it, or leave the certificate out and give the user token-sha256")
        }
        return users
    }

    /// One source of values, and how to name the place of a value in it.
    private struct Layer {
        var snapshot: any ConfigSnapshot
        var place: (ConfigurationKey) -> String

        /// The items of the value; nil when this layer does not set the key.
        func items(of key: ConfigurationKey) throws(CommandFailure) -> [String]? {
            let path = AbsoluteConfigKey(key.name.split(separator: ".").map(String.init))
            do {
                if let value = try? snapshot.value(forKey: path, type: .string).value,
                    case .string(let text) = value.content
                {
                    return key.isList ? Self.items(in: text) : [text]
                }
                guard key.isList else {
                    // Asked again so that a list where one value belongs is an error and not "not set".
                    return try snapshot.value(forKey: path, type: .string).value.map { _ in [] }
                }
                guard let value = try snapshot.value(forKey: path, type: .stringArray).value,
                    case .stringArray(let items) = value.content
                else { return nil }
                return items
            } catch {
                throw refusal(of: key, value: "a list")
            }
        }

        func refusal(of key: ConfigurationKey, value: String, complaint: String? = nil) -> CommandFailure {
            let more = complaint.map { " (\($0))" } ?? ""
            return CommandFailure(
                .usage, "\(place(key)): \(key.name) is '\(value)'; expected \(key.expectation)\(more)")
        }

        private static func items(in text: String) -> [String] {
            text.split(separator: ",").map { item in
                var item = item.drop { $0 == " " }
                while item.last == " " { item.removeLast() }
                return String(item)
            }
        }
    }

    /// The sources, the one that wins first.
    private static func layers(
        file: ConfigurationFile?, environment: [String: String], flags: [String: (flag: String, value: String)]
    ) throws(CommandFailure) -> [Layer] {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (name, flag) in flags {
            let path = AbsoluteConfigKey(name.split(separator: ".").map(String.init))
            values[path] = ConfigValue(.string(flag.value), isSecret: false)
        }
        let variables = EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "martlet")
        var layers = [
            Layer(snapshot: InMemoryProvider(name: "command line", values: values).snapshot()) { key in
                flags[key.name]?.flag ?? key.name
            },
            Layer(snapshot: variables.snapshot()) { "environment variable \($0.environmentName)" },
        ]
        if let file, !file.isEmpty {
            let snapshot: YAMLSnapshot
            do {
                let bytes = Array(file.settings.utf8)
                snapshot = try YAMLSnapshot(data: bytes.span.bytes, providerName: file.path, parsingOptions: .default)
            } catch {
                throw CommandFailure(.usage, "\(file.path): \(error)")
            }
            layers.append(Layer(snapshot: snapshot) { "\(file.path):\(file.lines[$0.name] ?? 1)" })
        }
        return layers
    }

    /// Whether a variable tells where a service of Kubernetes is; each pod is told so about all of them.
    ///
    /// A service named `martlet-server` makes some of them look like settings.
    static func isServiceLink(_ name: String, _ value: String) -> Bool {
        let name = name[...]
        return name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT")
            || name.contains(/_PORT_[0-9]+_(TCP|UDP|SCTP)(_PROTO|_PORT|_ADDR)?$/)
            || name.hasSuffix("_PORT") && value.contains(/^(tcp|udp|sctp):\/\//)
    }

    /// A variable with a section's prefix that sets nothing is a typing error.
    private static func refuseUnknown(_ environment: [String: String]) throws(CommandFailure) {
        let known = Set(ConfigurationKey.all.map(\.environmentName))
        for name in environment.keys.sorted() where !known.contains(name) {
            for section in ConfigurationKey.sections where name.hasPrefix("MARTLET_\(section.uppercased())_") {
                let expected = known.filter { $0.hasPrefix("MARTLET_\(section.uppercased())_") }.sorted()
                throw CommandFailure(
                    .usage,
                    "unknown environment variable \(name); expected one of \(expected.joined(separator: ", "))")
            }
        }
    }

    private func checkRelations() throws(CommandFailure) {
        let hasFile = !server.usersFile.isEmpty
        if hasFile, namedUsers != nil {
            throw CommandFailure(.usage, "access.users and access.users-file name users; expected one of them")
        }
        if server.allowAnonymous, hasFile || namedUsers != nil {
            throw CommandFailure(
                .usage,
                "access.allow-anonymous is true and there are users; expected one of them, since with users "
                    + "no one else is let in")
        }
        guard server.lease <= server.leaseCap else {
            throw CommandFailure(
                .usage,
                "subscriptions.lease is \(DurationCoding.encode(server.lease)); expected no more than "
                    + "subscriptions.lease-cap, which is \(DurationCoding.encode(server.leaseCap))")
        }
        guard server.reserveMinimum < server.mapSize else {
            throw CommandFailure(
                .usage,
                "storage.reserve-minimum is \(ByteSize.text(server.reserveMinimum)); expected less than "
                    + "storage.map-size, which is \(ByteSize.text(server.mapSize))")
        }
        guard server.mapSize % 65_536 == 0 else {
            throw CommandFailure(.usage, "storage.map-size is \(server.mapSize); expected a multiple of 64KiB")
        }
    }
}
