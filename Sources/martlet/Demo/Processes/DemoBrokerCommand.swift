// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `martlet demo broker`: the broker of a demonstration, which starts it and without which it ends.
struct DemoBrokerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broker", abstract: "The broker of a demonstration.", shouldDisplay: false)

    @Option var data: String
    @Option var port: Int

    func run() async throws {
        // The administration's usual port may be another process's when this one starts again.
        let arguments = ["--data", data, "--port", "\(port)", "--admin-port", "0"]
        try await whileParentLives { try await ServeCommand.parse(arguments).run() }
    }
}
