// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What the system knows about a process, from `/proc`.
struct ProcessFigures: Sendable {
    /// User and system time.
    var cpuSeconds: Double
    /// Bytes that it caused to be written to disk.
    var writtenBytes: Int
    /// Memory that is not backed by a file.
    var anonymousBytes: Int

    /// Reads them; nil when there is no such process, or no `/proc`.
    init?(process: pid_t) {
        guard let stat = Self.text("/proc/\(process)/stat"), let io = Self.text("/proc/\(process)/io"),
            let status = Self.text("/proc/\(process)/status"), let name = stat.lastIndex(of: ")"),
            let written = Self.number(of: "write_bytes:", in: io),
            let anonymous = Self.number(of: "RssAnon:", in: status)
        else { return nil }
        // The fields behind the name start with the third of proc(5); 14 and 15 are the ticks.
        let fields = stat[stat.index(after: name)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        cpuSeconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        writtenBytes = written
        anonymousBytes = anonymous * 1_024
    }

    private static func number(of name: String, in text: String) -> Int? {
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            return line.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
        }
        return nil
    }

    /// The text of a file whose size is not known before it is read.
    private static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return count == 0 ? String(decoding: text, as: UTF8.self) : nil }
            text += chunk[..<count]
        }
    }
}
