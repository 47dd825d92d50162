// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import MartletTestKit
import Testing
import Yams

@testable import martlet

/// The files of `config/` that others read: whatever they name is there.
struct DeploymentFileTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }

    /// The rules of `config/alerts.yaml`.
    private func rules() throws -> [[String: Any]] {
        let file = try #require(try load(yaml: text("config/alerts.yaml")) as? [String: Any])
        let groups = try #require(file["groups"] as? [[String: Any]])
        return groups.flatMap { $0["rules"] as? [[String: Any]] ?? [] }
    }

    /// The panels of `config/grafana.json`.
    private func panels() throws -> [[String: Any]] {
        let file = try JSONSerialization.jsonObject(with: Data(text("config/grafana.json").utf8)) as? [String: Any]
        return try #require(file?["panels"] as? [[String: Any]])
    }

    /// Names of metrics in an expression, without what Prometheus adds for histograms.
    private func metrics(in expression: String) -> [String] {
        expression.matches(of: /martlet_[a-z_]+/).map { match in
            let name = String(match.output)
            let part = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) }
            return part.map { String(name.dropLast($0.count)) } ?? name
        }
    }

    @Test func `every alert has an expression, a severity, a summary and a page of the runbook`() throws {
        let runbook = try text("Sources/MartletServer/MartletServer.docc/Runbook.md")
        let pages = runbook.split(separator: "\n").filter { $0.hasPrefix("## ") }.map {
            $0.dropFirst(3).lowercased().replacing(" ", with: "-")
        }
        let rules = try rules()
        #expect(rules.count > 10)
        #expect(Set(rules.compactMap { $0["alert"] as? String }).count == rules.count)
        for rule in rules {
            let name = rule["alert"] as? String ?? "?"
            #expect(!metrics(in: rule["expr"] as? String ?? "").isEmpty || name == "MartletDown")
            #expect(["page", "ticket"].contains((rule["labels"] as? [String: String])?["severity"]), "\(name)")
            let annotations = try #require(rule["annotations"] as? [String: String])
            #expect(annotations["summary"]?.isEmpty == false && annotations["description"]?.isEmpty == false)
            #expect(pages.contains(annotations["runbook"] ?? ""), "\(name)")
        }
    }

    @Test func `every panel asks for something, and none lies over another`() throws {
        let panels = try panels()
        #expect(Set(panels.compactMap { $0["id"] as? Int }).count == panels.count)
        var taken: Set<[Int]> = []
        for panel in panels {
            let place = try #require(panel["gridPos"] as? [String: Int])
            for x in (place["x"] ?? 0)..<(place["x"] ?? 0) + (place["w"] ?? 0) {
                for y in (place["y"] ?? 0)..<(place["y"] ?? 0) + (place["h"] ?? 0) {
                    #expect(x < 24 && taken.insert([x, y]).inserted, "\(panel["title"] ?? "")")
                }
            }
            guard panel["type"] as? String != "row" else { continue }
            let targets = try #require(panel["targets"] as? [[String: Any]])
            #expect(!targets.isEmpty)
            for target in targets { #expect(!metrics(in: target["expr"] as? String ?? "").isEmpty) }
        }
    }

    @Test func `alerts and panels name metrics that there are`() throws {
        let expressions =
            try rules().compactMap { $0["expr"] as? String }
            + panels().flatMap { $0["targets"] as? [[String: Any]] ?? [] }.compactMap { $0["expr"] as? String }
        let named = Set(expressions.flatMap { metrics(in: $0) })
        #expect(named.count > 20)
        #expect(named.subtracting(try ExposedMetrics.names()).sorted() == [])
    }

    // MARK: - What starts the broker

    @Test func `the unit starts a command that there is`() throws {
        let unit = try text("config/debian/martlet.service")
        let line = try #require(unit.split(separator: "\n").first { $0.hasPrefix("ExecStart=") })
        let words = line.dropFirst("ExecStart=".count).split(separator: " ").map(String.init)
        #expect(words.first == "/usr/bin/martlet")
        let command = try #require(try Martlet.parseAsRoot(Array(words.dropFirst())) as? ServeCommand)
        #expect(command.config == "/etc/martlet/martlet.yaml")
        for setting in [
            "Type=notify", "NoNewPrivileges=yes", "ProtectSystem=strict", "User=martlet", "StateDirectory=martlet",
            "LimitCORE=0", "Restart=on-failure", "RestartPreventExitStatus=\(ExitStatus.usage.rawValue)",
        ] {
            #expect(unit.contains("\n\(setting)\n"), "\(setting)")
        }
        #expect(unit.contains(/\nWatchdogSec=[0-9]+\n/) && unit.contains(/\nLimitNOFILE=[0-9]+\n/))
    }

    /// The instructions of the image that begin with a word, as the words behind it.
    private func instructions(_ word: String) throws -> [[String]] {
        try text("config/Dockerfile").replacing("\\\n", with: " ").split(separator: "\n")
            .map { $0.split(separator: " ").map(String.init) }
            .filter { $0.first == word }.map { Array($0.dropFirst()) }
    }

    private func list(_ words: [String]) throws -> [String] {
        try JSONDecoder().decode([String].self, from: Data(words.joined(separator: " ").utf8))
    }

    @Test func `the image is made of files and commands that there are`() throws {
        let all = instructions
        for copy in try all("COPY") where copy.first?.hasPrefix("--from=") == false {
            #expect(FileManager.default.fileExists(atPath: Self.root.appending(path: copy[0]).path), "\(copy)")
        }
        #expect(try all("FROM").count == 2)
        #expect(try all("STOPSIGNAL") == [["SIGTERM"]])
        #expect(try all("VOLUME") == [["/var/lib/martlet"]])
        #expect(try all("USER").last?.first?.contains(/^[1-9][0-9]*:[1-9][0-9]*$/) == true)
        let start = try list(try #require(all("ENTRYPOINT").first)) + list(try #require(all("CMD").first))
        #expect(start.first == "martlet")
        #expect(try Martlet.parseAsRoot(Array(start.dropFirst())) is ServeCommand)
    }

    @Test func `the image's health check holds beside TLS, and only while there is a broker`() async throws {
        let health = try #require(try instructions("HEALTHCHECK").first)
        let check = try list(Array(health.drop { $0 != "CMD" }.dropFirst()))
        try #require(check.count == 3 && check.prefix(2) == ["bash", "-c"])
        let folder = try TemporaryFolder()
        let security = try TestSecurity()
        let end = try await RunningCommand.run(
            script: #"""
                "$M" serve --port 0 --data "$D/data" > "$D/out" & broker=$!
                while ! grep -q Ctrl-C "$D/out"; do sleep 0.05; done
                export MARTLET_ADMIN_PORT=$(sed -n 's|.*console.*:\([0-9]*\)/$|\1|p' "$D/out")
                bash -c "$CHECK"; echo "rc $?"
                kill $broker; wait $broker
                bash -c "$CHECK"; echo "rc $?"
                """#, port: 1,
            environment: [
                "D": folder.path, "CHECK": check[2], "MARTLET_SERVER_TLS_CERTIFICATE": security.path("server.pem"),
                "MARTLET_SERVER_TLS_KEY": security.path("server.key"),
            ])
        #expect(end.output == "rc 0\nrc 1\n", "\(end)")
    }

    @Test func `the image sets only what can be set`() throws {
        let known = Set(ConfigurationKey.all.map(\.environmentName))
        let named = try text("config/Dockerfile").matches(of: /MARTLET_[A-Z_]+/).map { String($0.output) }
        #expect(!named.isEmpty && Set(named).subtracting(known).sorted() == [])
    }
}

extension ClientCommands {
    /// What is made for the Debian package from what the command says of itself.
    struct ManualTests {
        private static let script = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "config/debian/manual").path

        @Test func `every command has a manual page with its options`() async throws {
            let folder = try TemporaryFolder()
            let end = try await RunningCommand.run(
                script: #""$SCRIPT" "$M" "$D""#, port: 1, environment: ["D": folder.path, "SCRIPT": Self.script])
            #expect(end.status == 0 && end.complaint == "", "\(end)")
            let pages = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(Set(pages).isSuperset(of: ["martlet.1", "martlet-pub.1", "martlet-dead-redrive.1"]))
            for page in pages {
                let text = try String(contentsOfFile: "\(folder.path)/\(page)", encoding: .utf8)
                let name = page.dropLast(2).replacing("-", with: "\\-")
                #expect(text.hasPrefix(".TH \""), "\(page)")
                #expect(text.contains("\n.SH NAME\n\(name) \\- "), "\(page)")
                #expect(text.contains("\n.SH SYNOPSIS\n") && text.contains("\n.TP\n"), "\(page)")
            }
            let publish = try String(contentsOfFile: "\(folder.path)/martlet-pub.1", encoding: .utf8)
            #expect(publish.contains("\n.TP\n.B \\-\\-id <id>\nAn id that makes a repeat harmless;"))
        }
    }
}
