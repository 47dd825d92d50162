// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import MartletTestKit

/// A broker in a process of its own, with its data in a folder that goes away with it.
final class BrokerProcess {
    private static let startSeconds: Int32 = 60

    let program: String
    let folder: TemporaryFolder
    private var process: pid_t = 0
    private var output: Int32 = -1

    /// Where it listens, since the last start.
    private(set) var address = ServerAddress(host: "127.0.0.1", port: 0)

    /// Starts the broker with an empty folder.
    init() throws {
        program = try Self.martlet()
        folder = try TemporaryFolder()
        Interruption.cleanUp(folder: folder.path)
        try start()
    }

    /// Starts a broker for the body; a failure is told with what the broker wrote to its log.
    static func with<Result>(_ body: (BrokerProcess) throws -> Result) throws -> Result {
        let broker = try BrokerProcess()
        do {
            return try body(broker)
        } catch {
            throw broker.explained(error)
        }
    }

    /// The same for a body that waits.
    static func during<Result>(_ body: (BrokerProcess) async throws -> Result) async throws -> Result {
        let broker = try BrokerProcess()
        do {
            return try await body(broker)
        } catch {
            throw broker.explained(error)
        }
    }

    private func explained(_ error: any Error) -> any Error {
        let log = logText
        return log.isEmpty ? error : BenchmarkFailure("\(error)\nThe broker's log:\n\(log)")
    }

    deinit {
        kill()
        Interruption.forget(folder: folder.path)
    }

    /// What the process has used so far.
    var figures: ProcessFigures? { ProcessFigures(process: process) }

    /// What the data takes on disk.
    var fileBytes: Int { sumOfFiles { 512 * Int($0.st_blocks) } }

    /// How long the files are, without the room that is kept on the disk behind their ends.
    var fileLength: Int { sumOfFiles { Int($0.st_size) } }

    private func sumOfFiles(_ bytes: (stat) -> Int) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: data)) ?? []
        return names.reduce(0) { sum, name in
            var status = stat()
            return lstat("\(data)/\(name)", &status) == 0 ? sum + bytes(status) : sum
        }
    }

    var data: String { folder.path + "/data" }
    private var log: String { folder.path + "/log" }
    private var logText: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    /// Starts the process on the folder and waits until it listens.
    func start() throws {
        precondition(process == 0, "the data folder has one broker at a time")
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Self.failure("cannot make a pipe", errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        output = ends[0]
        do {
            defer { close(ends[1]) }
            process = try spawn(output: ends[1])
        } catch {
            close(output)
            throw error
        }
        Interruption.cleanUp(process: process)
        do {
            address = try listeningAddress()
        } catch {
            kill()
            throw error
        }
    }

    /// Ends the process with SIGKILL.
    func kill() {
        guard process != 0 else { return }
        Glibc.kill(process, SIGKILL)
        while waitpid(process, nil, 0) < 0, errno == EINTR {}
        Interruption.forget(process: process)
        process = 0
        close(output)
    }

    /// The martlet program beside this one.
    private static func martlet() throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)]) + "/martlet"
        guard access(path, X_OK) == 0 else {
            throw BenchmarkFailure(
                "there is no \(path); build it with: swift build -c release --product martlet")
        }
        return path
    }

    private func spawn(output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // This process takes its signals on one thread and blocks them elsewhere; the broker shall get its own.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        // Settings of the person's own broker do not belong in a measurement.
        let environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MARTLET_") }
            .merging(LoadSecurity.variables) { $1 }
        var arguments = Self.pointers([program, "serve", "--port", "0", "--data", data])
        var variables = Self.pointers(environment.map { "\($0.key)=\($0.value)" })
        defer { for pointer in arguments + variables { free(pointer) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, program, &actions, &attributes, &arguments, &variables)
        guard code == 0 else { throw Self.failure("cannot start \(program)", code) }
        return process
    }

    /// Copies of texts as C takes a list of them; the caller frees each.
    static func pointers(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        var pointers: [UnsafeMutablePointer<CChar>?] = []
        for text in texts { pointers.append(strdup(text)) }
        return pointers + [nil]
    }

    /// Reads from the broker's greeting where it listens.
    private func listeningAddress() throws -> ServerAddress {
        var text = ""
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            var wait = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            let isReady = poll(&wait, 1, Self.startSeconds * 1_000) > 0
            let count = isReady ? read(output, &chunk, chunk.count) : 0
            guard count > 0 else {
                throw BenchmarkFailure("the broker did not start: \(logText)")
            }
            text += String(decoding: chunk[..<count], as: UTF8.self)
            // The last piece may be half a line.
            for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                let words = line.split(separator: " ")
                if words.count == 2, words[0] == "address", let address = ServerAddress(argument: String(words[1])) {
                    return address
                }
            }
        }
    }

    static func failure(_ text: String, _ code: Int32) -> BenchmarkFailure {
        BenchmarkFailure("\(text) (\(String(cString: strerror(code))))")
    }
}
