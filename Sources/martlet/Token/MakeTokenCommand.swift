// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletServer

/// `martlet token new`: makes a token and its line for the configuration.
struct MakeTokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Make a random token, with its line for the broker's configuration.",
        discussion: """
            The first line is the token: 256 random bits, for the client alone. It goes
            into the environment variable MARTLET_TOKEN or into a file for --token-file.
            The second line goes into the user's entry in access.users; the token cannot
            be found from it.

              martlet token new
              martlet token new | tee /dev/stderr | head -n 1 > token
            """)

    func run() throws {
        try CommandFailure.reporting { try StandardOutput.write(Self.text(Token.make())) }
    }

    /// The two lines.
    static func text(_ token: String) -> String { "\(token)\ntoken-sha256: \(TokenDigest(of: token).hex)\n" }
}
