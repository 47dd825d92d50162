// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// What commands take that show how something stands.
struct WatchOptions: ParsableArguments {
    @Flag(help: "Show it again each second, until Ctrl-C.")
    var watch = false

    /// Writes a text, each second a new one when that is wanted.
    func show(_ text: () throws -> String) throws {
        guard watch else {
            try StandardOutput.show(text())
            return
        }
        let signal = try Interruption.watch()
        let isTerminal = isatty(STDOUT_FILENO) == 1
        var start = isTerminal ? "\u{1B}[2J" : ""
        while Interruption.signal == nil {
            let text = try text()
            guard try StandardOutput.show(start + (isTerminal ? Self.page(text, rows: Self.rows) : text)) else {
                return
            }
            start = ""
            var wait = pollfd(fd: signal, events: Int16(POLLIN), revents: 0)
            poll(&wait, 1, 1_000)
        }
    }

    /// A text drawn over the one before it, as far as the terminal has rows.
    static func page(_ text: String, rows: Int) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        if lines.last == "" { lines.removeLast() }
        if rows > 2, lines.count > rows - 1 {
            let hidden = lines.count - (rows - 2)
            lines = Array(lines.prefix(rows - 2)) + ["(\(hidden) more lines)"]
        }
        return "\u{1B}[H" + lines.map { "\($0)\u{1B}[K\n" }.joined() + "\u{1B}[J"
    }

    private static var rows: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 else { return 0 }
        return Int(size.ws_row)
    }
}
