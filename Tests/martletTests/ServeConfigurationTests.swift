// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Logging
import MartletModel
import MartletProtocol
import MartletServer
import Testing

@testable import martlet

/// Where settings come from, and what is refused.
struct ServeConfigurationTests {
    private func read(
        _ yaml: String? = nil, environment: [String: String] = [:],
        flags: [String: (flag: String, value: String)] = [:]
    ) throws -> ServeConfiguration {
        let file = try yaml.map { try ConfigurationFile(path: "test.yaml", text: $0) }
        return try ServeConfiguration(file: file, environment: environment, flags: flags)
    }

    /// The message of the refusal; nil when it was taken.
    private func refusal(_ yaml: String? = nil, environment: [String: String] = [:]) -> String? {
        do {
            _ = try read(yaml, environment: environment)
            return nil
        } catch {
            let failure = error as? CommandFailure
            #expect(failure?.status == .usage)
            return failure?.message ?? "\(error)"
        }
    }

    private static let shippedFile = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "config/martlet.yaml").path

    @Test func `nothing said means the defaults`() throws {
        #expect("\(try read())" == "\(ServeConfiguration())")
    }

    @Test func `the shipped file holds every key with its default`() throws {
        let file = try ConfigurationFile(path: Self.shippedFile)
        #expect(Set(file.lines.keys) == Set(ConfigurationKey.all.map(\.name)))
        #expect("\(try ServeConfiguration(file: file, environment: [:]))" == "\(ServeConfiguration())")
    }

    @Test func `the shipped file tells what holds for a topic that nothing is said about`() throws {
        let text = try String(contentsOfFile: Self.shippedFile, encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("  #   retention=") })
        let named = try TopicOptions.pattern("any " + line.dropFirst("  #   ".count)).options
        var expected = TopicOptions()
        expected.retention = .limits
        expected.maxAge = Defaults.maxAge
        #expect(named == expected)
        #expect(text.contains("are kept for \(DurationCoding.encode(Defaults.deadLetterAge)),"))
    }

    @Test func `every key of the shipped file says why it is there`() throws {
        let lines = try String(contentsOfFile: Self.shippedFile, encoding: .utf8).split(separator: "\n")
        for (before, line) in zip(lines, lines.dropFirst()) where line.hasPrefix("  ") && !line.contains("#") {
            #expect(before.hasPrefix("  # "), "\(line)")
        }
    }

    @Test func `a file sets what it names and nothing else`() throws {
        let configuration = try read(
            """
            server:
              port: 9000
              max-outbound-bytes: 1MiB
              allow-plaintext: true
              tls-certificate: /etc/martlet/server.pem
              allow-no-heartbeat: false
            storage:
              data: /var/lib/martlet
            topics:
              patterns:
                - audit.* max-age=30d max-bytes=1000000000
                - orders retention=work
            subscriptions:
              lease: 1m
              backoff: [1s, 2m]
            log:
              level: debug
            """)
        var expected = ServeConfiguration()
        expected.server.port = 9_000
        expected.server.maxOutboundBytes = 1 << 20
        expected.server.allowPlaintext = true
        expected.server.tlsCertificate = "/etc/martlet/server.pem"
        expected.server.allowNoHeartbeat = false
        expected.server.dataFolder = "/var/lib/martlet"
        expected.server.topicPatterns = ["audit.* max-age=30d max-bytes=1000000000", "orders retention=work"]
        expected.server.lease = 60_000
        expected.server.backoff = [1_000, 120_000]
        expected.logLevel = .debug
        #expect("\(configuration)" == "\(expected)")
    }

    @Test func `the environment wins over the file`() throws {
        let configuration = try read(
            "server:\n  port: 9000\n  heartbeat: 10s\n",
            environment: ["MARTLET_SERVER_PORT": "9001", "MARTLET_SUBSCRIPTIONS_BACKOFF": "1s, 2s"])
        #expect(configuration.server.port == 9_001)
        #expect(configuration.server.heartbeat == 10_000)
        #expect(configuration.server.backoff == [1_000, 2_000])
    }

    @Test func `the command line wins over the environment`() throws {
        let configuration = try read(
            "server:\n  port: 9000\n", environment: ["MARTLET_SERVER_PORT": "9001"],
            flags: ["server.port": ("--port", "9002")])
        #expect(configuration.server.port == 9_002)
    }

    @Test(arguments: ConfigurationKey.all)
    func `every key can be set by the environment`(key: ConfigurationKey) throws {
        #expect(refusal(environment: [key.environmentName: "?"])?.contains(key.environmentName) ?? key.isText)
    }

    @Test func `the address for the clients is not a setting of the server`() throws {
        #expect(refusal(environment: ["MARTLET_ADDRESS": "elsewhere:1", "MARTLET_CRASH_ROUNDS": "5"]) == nil)
    }

    @Test func `a bad topic pattern is refused with what is wrong in it`() {
        let text = refusal("topics:\n  patterns: [ok max-age=3d, audit.* max-age=soon]\n") ?? "taken"
        #expect(text.contains("('audit.* max-age=soon': "), "\(text)")
        #expect(text.contains("max-age"))
    }

    @Test func `what Kubernetes tells about its services is not a setting`() throws {
        var environment: [String: String] = [:]
        for service in ["MARTLET", "MARTLET_SERVER", "MARTLET_STORAGE", "MARTLET_LOG"] {
            for (name, value) in [
                ("SERVICE_HOST", "10.0.0.7"), ("SERVICE_PORT", "7250"), ("SERVICE_PORT_LINES", "7250"),
                ("PORT", "tcp://10.0.0.7:7250"), ("PORT_7250_TCP", "tcp://10.0.0.7:7250"),
                ("PORT_7250_TCP_PROTO", "tcp"), ("PORT_7250_TCP_PORT", "7250"), ("PORT_7250_TCP_ADDR", "10.0.0.7"),
                ("PORT_53_UDP", "udp://10.0.0.7:53"),
            ] { environment["\(service)_\(name)"] = value }
        }
        #expect("\(try read(environment: environment))" == "\(ServeConfiguration())")
        // What only looks alike is a setting, and a typing error.
        #expect(try read(environment: ["MARTLET_SERVER_PORT": "7251"]).server.port == 7_251)
        #expect(
            refusal(environment: ["MARTLET_SERVER_PORT": "http://10.0.0.7"])?.contains("MARTLET_SERVER_PORT") == true)
        #expect(refusal(environment: ["MARTLET_SERVER_PORT_X_TCP": "1"])?.contains("MARTLET_SERVER_PORT_X_TCP") == true)
    }

    @Test func `an unknown variable is refused by name`() {
        #expect(refusal(environment: ["MARTLET_SERVER_PROT": "1"])?.contains("MARTLET_SERVER_PROT") == true)
    }

    @Test(arguments: [
        ("server:\n  port: 1\n  prot: 2\n", "test.yaml:3: unknown key 'server.prot'"),
        ("server:\n  port: 1\nsevrer:\n  port: 2\n", "test.yaml:3: unknown section 'sevrer'"),
        ("port: 1\n", "test.yaml:1: unknown section 'port'"),
        ("server: 5\n", "test.yaml:1: unknown key 'server'"),
        ("server:\n  port:\n    deep: 1\n", "test.yaml:2: server.port is a section; expected a whole number"),
    ])
    func `an unknown key is refused by name and line`(yaml: String, message: String) {
        #expect(refusal(yaml)?.hasPrefix(message) == true, "\(refusal(yaml) ?? "taken")")
    }

    @Test(arguments: [
        ("server:\n\n  port: many\n", "test.yaml:3: server.port is 'many'; expected a whole number from 0 to 65535"),
        ("server:\n  port:\n", "test.yaml:2: server.port is ''"),
        ("server:\n  port: [1, 2]\n", "test.yaml:2: server.port is 'a list'"),
        (
            "server:\n  allow-no-heartbeat: perhaps\n",
            "test.yaml:2: server.allow-no-heartbeat is 'perhaps'; expected true"
        ),
        (
            "subscriptions:\n  lease: 30\n",
            "test.yaml:2: subscriptions.lease is '30'; expected a duration from 1s to 12h"
        ),
        ("topics:\n  max-body: 1MB\n", "test.yaml:2: topics.max-body is '1MB'; expected bytes from 1 to 16MiB"),
        ("topics:\n  patterns: [audit]\n", "test.yaml:2: topics.patterns is 'audit'"),
        ("topics:\n  patterns: [audit.* max-aeg=3d]\n", "test.yaml:2: topics.patterns is"),
        ("topics:\n  patterns: [audit.* max-age=soon]\n", "test.yaml:2: topics.patterns is 'audit.* max-age=soon'"),
        (
            "topics:\n  patterns: [audit.* retention=work unsettled=drop]\n",
            "test.yaml:2: topics.patterns is 'audit.* retention=work unsettled=drop'"
        ),
        ("topics:\n  patterns: [a unsettled=drop retention=interest]\n", "test.yaml:2: topics.patterns is"),
        ("topics:\n  patterns: ['a b max-age=3d']\n", "test.yaml:2: topics.patterns is"),
        ("topics:\n  patterns: ['a..* max-age=3d']\n", "test.yaml:2: topics.patterns is"),
        ("log:\n  level: loud\n", "test.yaml:2: log.level is 'loud'; expected one of trace"),
        ("storage:\n  data: ''\n", "test.yaml:2: storage.data is ''"),
        ("- 1\n", "test.yaml: expected the sections"),
        ("server: {\n", "test.yaml: not YAML"),
        ("server:\n  port: 1\n  port: 2\n", "test.yaml: not YAML"),
    ])
    func `a bad value is refused with what was expected`(yaml: String, message: String) {
        #expect(refusal(yaml)?.hasPrefix(message) == true, "\(refusal(yaml) ?? "taken")")
    }

    @Test(arguments: ["", "# nothing\n", "server:\n", "---\n"])
    func `a file that sets nothing means the defaults`(yaml: String) throws {
        #expect("\(try read(yaml))" == "\(ServeConfiguration())")
    }

    @Test func `a bad value of the command line is refused by its flag`() {
        #expect {
            try read(flags: ["server.port": ("--port", "65536")])
        } throws: { error in
            (error as? CommandFailure)?.message.hasPrefix("--port: server.port is '65536'") == true
        }
    }

    @Test func `a file that is not there is refused by name`() {
        #expect {
            try ConfigurationFile(path: "/nowhere/martlet.yaml")
        } throws: { error in
            (error as? CommandFailure)?.message.contains("'/nowhere/martlet.yaml'") == true
        }
    }

    @Test(arguments: ConfigurationKey.all)
    func `a limit is taken and one past it is not`(key: ConfigurationKey) {
        guard let (range, unit) = key.limits else { return }
        // A value at its limit must not be refused for its relation to another setting.
        let companions = [
            "subscriptions.lease": ["MARTLET_SUBSCRIPTIONS_LEASE_CAP": "7d"],
            "subscriptions.lease-cap": ["MARTLET_SUBSCRIPTIONS_LEASE": "1s"],
            "storage.map-size": ["MARTLET_STORAGE_RESERVE_MINIMUM": "0"],
            "storage.reserve-minimum": ["MARTLET_STORAGE_MAP_SIZE": "2TiB"],
        ]
        func refusal(_ value: Int) -> String? {
            var environment = companions[key.name] ?? [:]
            environment[key.environmentName] = "\(value)\(unit)"
            return self.refusal(environment: environment)
        }
        #expect(refusal(range.lowerBound) == nil)
        #expect(refusal(range.upperBound) == nil)
        for outside in [range.lowerBound - 1, range.upperBound + 1] {
            #expect(refusal(outside)?.contains("\(key.name) is '\(outside)\(unit)'; expected") == true)
        }
    }

    @Test func `the number of backoff delays has a limit`() {
        func refusal(_ count: Int) -> String? {
            let delays = Array(repeating: "1s", count: count).joined(separator: ",")
            return self.refusal("subscriptions:\n  backoff: '\(delays)'\n")
        }
        #expect(refusal(20) == nil)
        #expect(refusal(21)?.contains("subscriptions.backoff") == true)
        #expect(refusal(0)?.contains("subscriptions.backoff") == true)
    }

    @Test(arguments: [
        ("subscriptions:\n  lease: 2h\n", "subscriptions.lease"), ("storage:\n  map-size: 16MiB\n", "reserve-minimum"),
        ("storage:\n  map-size: 1073741825\n", "multiple of 64KiB"),
    ])
    func `settings that contradict each other are refused`(yaml: String, name: String) {
        #expect(refusal(yaml)?.contains(name) == true)
    }
}

extension ConfigurationKey: CustomTestStringConvertible {
    /// The name of the key.
    public var testDescription: String { name }

    /// The limits of a number and the unit that it is written in here.
    fileprivate var limits: (ClosedRange<Int>, String)? {
        switch kind {
        case .number(_, let range), .size(_, let range): (range, "")
        case .duration(_, let range): (range, "ms")
        case .backoff(let range, _): (range, "ms")
        case .flag, .text, .optionalFile, .topicPatterns, .admin, .logLevel, .logFormat: nil
        }
    }

    fileprivate var isText: Bool {
        switch kind {
        case .text, .optionalFile, .admin(.host): true
        default: false
        }
    }
}
