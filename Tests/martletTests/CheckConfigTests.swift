// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import MartletServer
import MartletTestKit
import Testing

@testable import martlet

/// What `serve --check-config` shows.
struct CheckConfigTests {
    @Test func `every setting is told with its value and its place`() throws {
        let command = try ServeCommand.parse(["--check-config", "--port", "0"])
        let text = try command.settings(environment: ["MARTLET_LOG_FORMAT": "json"])
        let lines = text.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) }
        #expect(lines.first == ["SETTING", "VALUE", "FROM"])
        for (key, line) in zip(ConfigurationKey.all, lines.dropFirst()) {
            #expect(line.first.map { String($0) } == key.name)
            switch key.name {
            case "server.port": #expect(line.dropFirst() == ["0", "--port"])
            case "log.format": #expect(line.dropFirst() == ["json", "environment", "variable", "MARTLET_LOG_FORMAT"])
            default: #expect(line.last == "default")
            }
        }
        #expect(lines.last == ["A", "broker", "would", "start", "with", "these", "settings."])
        #expect(lines.count == ConfigurationKey.all.count + 2)
    }

    @Test(arguments: ConfigurationKey.all.filter { !$0.isList })
    func `a value is shown as it would be written`(key: ConfigurationKey) {
        let usual = ServeConfiguration()
        var read = ServeConfiguration()
        #expect(key.apply([key.text(in: usual)], to: &read))
        #expect("\(read)" == "\(usual)")
    }

    @Test func `lists are shown with all their items`() throws {
        var configuration = ServeConfiguration()
        configuration.server.backoff = [1_000, 90_000]
        configuration.server.topicPatterns = ["audit.* max-age=30d", "b max-age=1d"]
        func text(_ name: String) throws -> String {
            try #require(ConfigurationKey.all.first { $0.name == name }).text(in: configuration)
        }
        #expect(try text("subscriptions.backoff") == "1s,90s")
        #expect(try text("topics.patterns") == "[audit.* max-age=30d, b max-age=1d]")
    }
}

extension ClientCommands {
    /// `martlet serve --check-config`, as a process.
    struct CheckConfigRunTests {
        @Test func `good settings end with 0, and nothing is opened`() async throws {
            let folder = try TemporaryFolder()
            let end = try await RunningCommand.run(
                script: #"""
                    printf 'storage:\n  data: %s/data\n' "$D" > "$D/m.yaml"
                    "$M" serve --check-config --config "$D/m.yaml" || exit; ls "$D"
                    """#, port: 1, environment: ["D": folder.path])
            #expect(end.status == 0, "\(end)")
            let lines = end.output.split(separator: "\n")
            let line = lines.first { $0.hasPrefix("storage.data ") }
            #expect(line?.hasSuffix("\(folder.path)/data  \(folder.path)/m.yaml:2") == true, "\(end)")
            #expect(lines.last == "m.yaml")
        }

        @Test func `an administration that others can reach needs users, unless it is said that it does not`()
            async throws
        {
            let script = #"MARTLET_ADMIN_HOST=0.0.0.0 MARTLET_ADMIN_ALLOW_REMOTE=true "$M" serve --check-config"#
            let refused = try await RunningCommand.run(script: script, port: 1)
            #expect(refused.status == 64)
            #expect(refused.complaint.contains("admin.host: '0.0.0.0'"), "\(refused)")
            let allowed = try await RunningCommand.run(
                script: "MARTLET_ACCESS_ALLOW_ANONYMOUS=true " + script, port: 1)
            #expect(allowed.status == 0, "\(allowed)")
        }

        @Test func `a certificate for which no client is asked ends with 64, at a start too`() async throws {
            let folder = try TemporaryFolder()
            for flag in ["--check-config", ""] {
                let end = try await RunningCommand.run(
                    script: #"""
                        printf 'access:\n  users: [{name: ops, certificate: ops.example, admin: true}]\n' > "$D/m.yaml"
                        "$M" serve \#(flag) --port 0 --data "$D/data" --config "$D/m.yaml"
                        """#, port: 1, environment: ["D": folder.path])
                #expect(end.status == 64, "\(end)")
                #expect(end.complaint.contains("access.users: 'ops' has a certificate, but server.tls-client-ca"))
            }
        }

        @Test(arguments: [
            ("--host 0.0.0.0", "access.allow-anonymous"), ("--port 65536", "--port: server.port is '65536'"),
            ("--config /nowhere/m.yaml", "/nowhere/m.yaml"),
        ])
        func `bad settings end with 64 and say why`(options: String, complaint: String) async throws {
            let end = try await RunningCommand.run(script: #""$M" serve --check-config "# + options, port: 1)
            #expect(end.status == 64)
            #expect(end.complaint.contains(complaint), "\(end)")
            #expect(end.output == "")
        }
    }
}
