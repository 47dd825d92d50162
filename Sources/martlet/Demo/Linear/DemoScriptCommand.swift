// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `martlet demo script`: one process of a straight-line script, which a demonstration starts.
struct DemoScriptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "script", abstract: "One process of a straight-line script.", shouldDisplay: false)

    @Option var name: String
    @Option var folder: String
    @Option var planSeed: UInt64
    @Option var planRequests: Int

    func run() async throws {
        let process = LinearProcess(
            name: name, plan: DemoPlan(seed: planSeed, requests: planRequests), folder: folder,
            journal: try LineLog(path: folder + "/journal"), mails: try LineLog(path: folder + "/mails"),
            accepted: try LineLog(path: LinearCalls.accepted(in: folder)))
        try await whileParentLives { try await process.work() }
    }
}
