// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MartletModel
import MartletProtocol
import MartletServer

/// One key of the configuration: its name, what is expected of it, and the setting that it sets.
struct ConfigurationKey: Sendable {
    /// A whole number setting of the server.
    typealias Number = any WritableKeyPath<ServerConfiguration, Int> & Sendable

    /// What values a key takes.
    enum Kind: Sendable {
        case number(Number, ClosedRange<Int>)
        case size(Number, ClosedRange<Int>)
        case duration(Number, ClosedRange<Int>)
        case flag(any WritableKeyPath<ServerConfiguration, Bool> & Sendable)
        case text(any WritableKeyPath<ServerConfiguration, String> & Sendable)
        case optionalFile(any WritableKeyPath<ServerConfiguration, String> & Sendable)
        case topicPatterns
        case backoff(ClosedRange<Int>, count: Int)
        case admin(AdminSettings.Key)
        case logLevel
        case logFormat
    }

    /// The section and the name in it, joined by a dot.
    let name: String
    /// What values it takes.
    let kind: Kind

    init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// Whether the value is a list.
    var isList: Bool {
        switch kind {
        case .topicPatterns, .backoff, .admin(.names): true
        default: false
        }
    }

    /// What was expected, for the message about a bad value.
    var expectation: String {
        switch kind {
        case .number(_, let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .size(_, let range):
            "bytes from \(ByteSize.text(range.lowerBound)) to \(ByteSize.text(range.upperBound)), "
                + "plain or with KiB, MiB, GiB or TiB"
        case .duration(_, let range):
            "a duration from \(DurationCoding.encode(range.lowerBound)) to \(DurationCoding.encode(range.upperBound)), "
                + "such as 500ms, 30s or 5m"
        case .flag: "true or false"
        case .text: "text that is not empty"
        case .optionalFile: "the path of a file, or an empty value"
        case .topicPatterns: "a list of lines such as 'audit.* max-age=30d', with the settings of CREATE topic"
        case .backoff(let range, let count):
            "1 to \(count) durations from \(DurationCoding.encode(range.lowerBound)) to "
                + "\(DurationCoding.encode(range.upperBound)), such as 5s,30s,2m"
        case .admin(let key): key.expectation
        case .logLevel: "one of " + Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        case .logFormat: "one of " + LogFormat.allCases.map(\.rawValue).joined(separator: ", ")
        }
    }

    /// What is wrong with an item of a list, as the broker reads it; nil when there is nothing more to say of it.
    func complaint(about item: String) -> String? {
        guard case .topicPatterns = kind else { return nil }
        do throws(Refusal) {
            _ = try TopicOptions.pattern(item)
            return nil
        } catch {
            return "'\(item)': \(error.text)"
        }
    }

    /// Takes a value, given as the items of a list or as the only item.
    ///
    /// - Returns: false when it is not what is expected.
    func apply(_ items: [String], to configuration: inout ServeConfiguration) -> Bool {
        if case .topicPatterns = kind {
            // A line without settings would say nothing.
            guard items.allSatisfy({ $0.contains(" ") && complaint(about: $0) == nil }) else { return false }
            configuration.server.topicPatterns = items
            return true
        }
        if case .backoff(let range, let count) = kind {
            let delays = items.compactMap { DurationCoding.decode($0) }
            guard delays.count == items.count, (1...count).contains(delays.count), delays.allSatisfy(range.contains)
            else { return false }
            configuration.server.backoff = delays
            return true
        }
        if case .admin(let key) = kind { return configuration.admin.set(key, items) }
        guard items.count == 1 else { return false }
        return apply(scalar: items[0], to: &configuration)
    }

    private func apply(scalar text: String, to configuration: inout ServeConfiguration) -> Bool {
        switch kind {
        case .number(let path, let range):
            return set(path, ByteSize.plainNumber(text), range, in: &configuration)
        case .size(let path, let range):
            return set(path, ByteSize.bytes(text), range, in: &configuration)
        case .duration(let path, let range):
            return set(path, DurationCoding.decode(text), range, in: &configuration)
        case .flag(let path):
            guard let value = Bool(text) else { return false }
            configuration.server[keyPath: path] = value
        case .text(let path):
            guard !text.isEmpty else { return false }
            configuration.server[keyPath: path] = text
        case .optionalFile(let path): configuration.server[keyPath: path] = text
        case .logLevel:
            guard let level = Logger.Level(rawValue: text) else { return false }
            configuration.logLevel = level
        case .logFormat:
            guard let format = LogFormat(rawValue: text) else { return false }
            configuration.logFormat = format
        case .topicPatterns, .backoff, .admin:
            return false
        }
        return true
    }

    private func set(
        _ path: Number, _ value: Int?, _ range: ClosedRange<Int>, in configuration: inout ServeConfiguration
    ) -> Bool {
        guard let value, range.contains(value) else { return false }
        configuration.server[keyPath: path] = value
        return true
    }
}

extension ConfigurationKey {
    private static let second = 1_000
    private static let minute = 60 * second
    private static let hour = 60 * minute
    private static let day = 24 * hour

    /// Every key there is.
    static let all: [ConfigurationKey] = [
        ConfigurationKey("server.host", .text(\.host)),
        ConfigurationKey("server.port", .number(\.port, 0...65_535)),
        ConfigurationKey("server.event-loops", .number(\.eventLoops, 1...64)),
        ConfigurationKey("server.max-connections", .number(\.maxConnections, 1...100_000)),
        ConfigurationKey("server.max-unanswered-publishes", .number(\.maxUnansweredPublishes, 1...65_536)),
        ConfigurationKey("server.max-outbound-bytes", .size(\.maxOutboundBytes, 64 << 10...1 << 30)),
        ConfigurationKey("server.max-receiving-bytes", .size(\.maxReceivingBytes, 1 << 20...64 << 30)),
        ConfigurationKey("server.max-unanswered-bytes", .size(\.maxUnansweredBytes, 1 << 20...64 << 30)),
        ConfigurationKey("server.max-sending-bytes", .size(\.maxSendingBytes, 1 << 20...64 << 30)),
        ConfigurationKey("server.frame-timeout", .duration(\.frameTimeout, second...hour)),
        ConfigurationKey("server.crowded-frame-timeout", .duration(\.crowdedFrameTimeout, 100...hour)),
        ConfigurationKey("server.stall-timeout", .duration(\.stallTimeout, second...10 * minute)),
        ConfigurationKey("server.heartbeat", .duration(\.heartbeat, second...hour)),
        ConfigurationKey("server.allow-plaintext", .flag(\.allowPlaintext)),
        ConfigurationKey("server.tls-certificate", .optionalFile(\.tlsCertificate)),
        ConfigurationKey("server.tls-key", .optionalFile(\.tlsKey)),
        ConfigurationKey("server.tls-client-ca", .optionalFile(\.tlsClientCA)),
        ConfigurationKey("server.max-unauthenticated", .number(\.maxUnauthenticated, 1...100_000)),
        ConfigurationKey(
            "server.max-unauthenticated-per-address", .number(\.maxUnauthenticatedPerAddress, 1...100_000)),
        ConfigurationKey("server.allow-no-heartbeat", .flag(\.allowNoHeartbeat)),
        ConfigurationKey("server.hello-timeout", .duration(\.helloTimeout, 100...5 * minute)),
        ConfigurationKey("server.hello-timeout-local", .duration(\.helloTimeoutLocal, 100...5 * minute)),
        ConfigurationKey("server.shutdown-grace", .duration(\.shutdownGrace, 0...10 * minute)),
        ConfigurationKey("storage.data", .text(\.dataFolder)),
        ConfigurationKey("storage.map-size", .size(\.mapSize, 16 << 20...64 << 40)),
        ConfigurationKey("storage.reserve-percent", .number(\.reservePercent, 0...50)),
        ConfigurationKey("storage.reserve-minimum", .size(\.reserveMinimum, 0...1 << 40)),
        ConfigurationKey("topics.auto-create", .flag(\.autoCreateTopics)),
        ConfigurationKey("topics.max-body", .size(\.maxBody, 1...16 << 20)),
        ConfigurationKey("topics.dedup-window", .duration(\.dedupWindow, 0...30 * day)),
        ConfigurationKey("topics.dedup-ids", .number(\.dedupIDs, 1...1 << 24)),
        ConfigurationKey("topics.patterns", .topicPatterns),
        ConfigurationKey("subscriptions.window", .number(\.window, 1...10_000)),
        ConfigurationKey("subscriptions.lease", .duration(\.lease, second...12 * hour)),
        ConfigurationKey("subscriptions.lease-cap", .duration(\.leaseCap, second...7 * day)),
        ConfigurationKey("subscriptions.max-failures", .number(\.maxFailures, 1...1_000)),
        ConfigurationKey("subscriptions.max-deliveries", .number(\.maxDeliveries, 1...1_000_000)),
        ConfigurationKey("subscriptions.backoff", .backoff(0...365 * day, count: 20)),
        ConfigurationKey("access.users-file", .optionalFile(\.usersFile)),
        ConfigurationKey("access.allow-anonymous", .flag(\.allowAnonymous)),
        ConfigurationKey("admin.host", .admin(.host)),
        ConfigurationKey("admin.port", .admin(.port)),
        ConfigurationKey("admin.allow-remote", .admin(.allowRemote)),
        ConfigurationKey("admin.names", .admin(.names)),
        ConfigurationKey("log.level", .logLevel),
        ConfigurationKey("log.format", .logFormat),
    ]

    /// The sections, in the order of the file.
    static let sections = ["server", "storage", "topics", "subscriptions", "access", "admin", "log"]

    /// The variable that sets the key, such as `MARTLET_SERVER_PORT`.
    var environmentName: String {
        "MARTLET_" + String(name.uppercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
    }
}
