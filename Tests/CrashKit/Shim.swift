// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The library that stands between a broker and the system: it traces calls, and lets some of them fail.
///
/// Its sources lie in `Tests/Shim`; it is compiled by the compiler that comes with Swift when it is first needed.
struct Shim: Sendable {
    /// Flushes that do not take place, although they return as if they had.
    enum Swallow: String, Sendable {
        /// Those of the data file and of the journal.
        case all
        /// Those of the journal.
        case journal
        /// Those of the data file behind a write of a meta page: a commit gets one when no other follows at once.
        case lone
    }

    /// Kinds of calls, as `fault.c` names them, in its order.
    enum Call: String, CaseIterable, Sendable {
        case write, flush, open, map, truncate, send, receive, accept, poll
    }

    /// A call, or several in a row, that do not do what they should.
    struct Fault: Sendable, CustomStringConvertible {
        var call: Call
        /// Which one of its kind, from 1.
        var first: Int
        var count = 1
        /// The name of an error, `short`, or `stall` and milliseconds.
        var effect: String

        var description: String { "\(call.rawValue):\(first):\(count):\(effect)" }
    }

    var fault: Fault?
    var swallow: Swallow?

    /// What makes a broker run with it.
    ///
    /// - Parameters:
    ///   - folder: the data folder, as the broker is told it.
    ///   - trace: the file for the trace.
    func environment(folder: String, trace: String) throws -> [String: String] {
        var environment = ["LD_PRELOAD": try Self.library.get(), "SHIM_FOLDER": folder, "SHIM_TRACE": trace]
        if let fault { environment["SHIM_FAULT"] = "\(fault)" }
        if let swallow { environment["SHIM_SWALLOW"] = swallow.rawValue }
        return environment
    }

    /// How often each kind of call was made, and how often one was made to fail.
    static func counts(trace: String) throws -> (calls: [Call: Int], failed: Int) {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: trace + ".counts")))
        let numbers = bytes.withUnsafeBytes { raw in
            (0..<(raw.count / 8)).map { Int(raw.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
        }
        guard numbers.count == Call.allCases.count + 1 else {
            throw ProcessFailure(description: "the counts of \(trace) cannot be read")
        }
        return (Dictionary(uniqueKeysWithValues: zip(Call.allCases, numbers)), numbers[Call.allCases.count])
    }

    private static let library = Result { try compile() }

    private static func compile() throws -> String {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Shim")
        let files = try FileManager.default.contentsOfDirectory(atPath: sources.path).filter { $0.hasSuffix(".c") }
        let library = FileManager.default.temporaryDirectory.appending(path: "martlet-shim-\(getpid()).so").path
        let compiler = try SpawnedProcess(
            "/usr/bin/env",
            ["clang", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o", library]
                + files.sorted().map { sources.appending(path: $0).path })
        guard try compiler.wait() == .exit(0) else {
            throw ProcessFailure(description: "the shim cannot be compiled; it needs clang, which comes with Swift")
        }
        removal = library
        atexit { unlink(Shim.removal) }
        return library
    }

    // SAFETY: written once, within the initializer of `library`, and read when the process ends.
    nonisolated(unsafe) private static var removal = ""
}
