// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What a worker did, as it tells the demonstration.
struct DemoEvent: Sendable, Equatable {
    /// What it was.
    enum Kind: String, Sendable {
        case begun, ended, lost, failed, slow, waiting
        case knownByState = "known-by-state"
        case knownByReceipt = "known-by-receipt"
        case fault
    }

    /// What it was.
    var kind: Kind
    /// Which run of a handler it was: the worker's name, a dash and a number.
    var run: String
    /// The subscription.
    var step: String
    /// The message's place in its topic.
    var offset: UInt64
    /// Which delivery it was.
    var attempt: Int
    /// Which request it was about.
    var request: Int
    /// The fault, if it was one.
    var fault: DemoPlan.Fault?

    /// The worker.
    var worker: Substring { run.prefix { $0 != "-" } }

    /// A line of the journal.
    var line: String {
        "\(kind.rawValue) \(run) \(step) \(offset) \(attempt) \(request) \(fault?.rawValue ?? "none")"
    }

    /// An event.
    init(
        _ kind: Kind, run: String, step: String, offset: UInt64, attempt: Int = 1, request: Int,
        fault: DemoPlan.Fault? = nil
    ) {
        self.kind = kind
        self.run = run
        self.step = step
        self.offset = offset
        self.attempt = attempt
        self.request = request
        self.fault = fault
    }

    /// Reads a line of the journal; nil when it is none.
    init?(line: String) {
        let fields = line.split(separator: " ").map { String($0) }
        guard fields.count == 7, let kind = Kind(rawValue: fields[0]), let offset = UInt64(fields[3]),
            let attempt = Int(fields[4]), let request = Int(fields[5])
        else { return nil }
        self.init(
            kind, run: fields[1], step: fields[2], offset: offset, attempt: attempt, request: request,
            fault: DemoPlan.Fault(rawValue: fields[6]))
    }
}

/// A file that several processes add lines to; what was written survives the death of the writer.
final class LineLog: Sendable {
    private let descriptor: Int32

    /// Opens the file, and makes it if needed.
    init(path: String) throws(CommandFailure) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(.io, "cannot open '\(path)' (\(String(cString: strerror(errno))))")
        }
    }

    deinit { close(descriptor) }

    /// Adds a line; each is one write, so lines of several processes do not mix.
    func append(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}

/// Reads the lines that were added to a file since the last time.
struct LineTail {
    private let path: String
    private var descriptor: Int32 = -1
    private var rest: [UInt8] = []

    /// A tail of a file that may not exist yet.
    init(path: String) { self.path = path }

    /// The whole lines that are new.
    mutating func lines() -> [String] {
        if descriptor < 0 { descriptor = open(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { return [] }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            rest.append(contentsOf: chunk[..<count])
        }
        guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        let text = String(decoding: rest[..<end], as: UTF8.self)
        rest.removeSubrange(...end)
        return text.split(separator: "\n").map(String.init)
    }

    /// Gives the file back.
    mutating func end() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }
}
