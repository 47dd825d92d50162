// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet unexpect`: a message is expected no longer.
struct UnexpectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unexpect",
        abstract: "Expect a message no longer; that none was expected is no error.")

    @OptionGroup var expected: ExpectationOptions

    @OptionGroup var client: ClientOptions

    func run() throws {
        let (process, id) = (try expected.processBytes(), try expected.idBytes())
        try client.withConnection { connection, _ in
            let reply = try connection.request(.unexpect(process: process, topic: expected.topic, id: id))
            let what = "of \(expected.process) on \(expected.topic)"
            try StandardOutput.write(
                reply.fields.first == "0" ? "nothing was expected \(what)\n" : "nothing is expected \(what) any more\n")
        }
    }
}
