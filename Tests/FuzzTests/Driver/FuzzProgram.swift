// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Runs libFuzzer on one target: `Fuzz TARGET [arguments of libFuzzer]`, or `Fuzz seeds FOLDER` to write the seeds.
///
/// It is built by `make fuzz` alone.
@main
struct FuzzProgram {
    // SAFETY: set once, before the only thread calls the fuzzer.
    nonisolated(unsafe) private static var target = FuzzTarget.frames

    static func main() {
        let words = CommandLine.arguments
        if words.count == 3, words[1] == "seeds" { return writeSeeds(words[2]) }
        guard words.count > 1, let target = FuzzTarget(rawValue: words[1]) else {
            end("say which target: \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.target = target
        // libFuzzer takes every word that is no option for a corpus, so the target is left out.
        var arguments = CommandLine.unsafeArgv.advanced(by: 1)
        arguments[0] = CommandLine.unsafeArgv[0]
        var count = CommandLine.argc - 1
        exit(
            runFuzzer(&count, &arguments) { bytes, count in
                FuzzProgram.read(UnsafeRawBufferPointer(start: bytes, count: count))
                return 0
            })
    }

    private static func read(_ bytes: UnsafeRawBufferPointer) {
        do {
            try target.read(Array(bytes))
        } catch {
            // The fuzzer keeps the bytes with which the process aborts.
            complain("\(target): \(error)")
            abort()
        }
    }

    /// Writes the seeds of each target into a folder of its own.
    private static func writeSeeds(_ folder: String) {
        for target in FuzzTarget.allCases {
            mkdir("\(folder)/\(target)", 0o755)
            for (number, seed) in target.seeds.enumerated() {
                let path = "\(folder)/\(target)/seed-\(number)"
                guard let file = fopen(path, "w") else {
                    end("cannot write to \(folder)")
                }
                fwrite(seed, 1, seed.count, file)
                fclose(file)
            }
        }
    }

    private static func complain(_ text: String) {
        let line = Array("\(text)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }

    private static func end(_ text: String) -> Never {
        complain(text)
        exit(64)
    }
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ read: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
