// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// What commands take that cannot be undone: they say what they will do, and ask.
struct ConsentOptions: ParsableArguments {
    /// For the help of such a command.
    static let discussion = """
        It says what it will do and asks; --yes answers. Without a terminal to ask at,
        as in scripts, it does nothing without --yes (exit code 64).
        """

    @Flag(help: "Do it without asking; needed where there is no terminal to ask at.")
    var yes = false

    /// Returns when it may go on.
    ///
    /// - Parameter deed: what will be done, as a whole sentence.
    func obtain(_ deed: String) throws(CommandFailure) {
        guard !yes else { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure(
                .usage, "\(deed)\nNothing was done: standard input is no terminal to ask at, so it needs --yes.")
        }
        StandardError.write("\(deed)\nGo on? [y/N] ")
        guard Self.isConsent(readLine() ?? "") else { throw CommandFailure(.declined, "nothing was done") }
    }

    /// Whether an answer is a yes.
    static func isConsent(_ answer: String) -> Bool {
        ["y", "yes"].contains(answer.trimming { $0.isWhitespace }.lowercased())
    }
}

extension String {
    fileprivate func trimming(_ isSpace: (Character) -> Bool) -> String {
        String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
