// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The process and the topic that an expectation is about, and its name.
struct ExpectationOptions: ParsableArguments {
    @Argument(help: "The process.")
    var process: String

    @Argument(help: "The topic.", completion: NameCompletion.topics)
    var topic: String

    @Option(help: ArgumentHelp("Its name, to tell it from others of the process on this topic.", valueName: "name"))
    var id: String?

    func validate() throws {
        _ = try ClientOptions.checkedName(topic, what: "topic")
        _ = (try processBytes(), try idBytes())
    }

    /// The process as the broker has it.
    func processBytes() throws -> [UInt8] { try MessageArgument.identifier(process, "process") }

    /// The name as the broker has it, empty if there is none.
    func idBytes() throws -> [UInt8] { try id.map { try MessageArgument.identifier($0, "id") } ?? [] }
}
