// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The workers of the demonstration: processes that are replaced when they die, and woken when they were stopped.
final class WorkerCrew {
    /// What has happened to a worker.
    enum Incident: Equatable {
        case replaced(String)
        case frozen(String)
        case woken(String)
    }

    /// Until a lease of a second has run out for certain, and another worker has taken over.
    private static let frozenFor = Duration.milliseconds(1_800)

    private struct Worker {
        var name: String
        var process: ChildProcess
        var wakes: ContinuousClock.Instant?
    }

    private let role: String
    private let folder: String
    private let arguments: [String]
    private let count: Int
    private var workers: [Worker] = []
    private var started = 0

    /// The names of the workers that run.
    var names: [String] { workers.map(\.name) }

    /// Starts so many workers.
    ///
    /// - Parameters:
    ///   - role: the subcommand that each of them is.
    ///   - arguments: further arguments of each worker.
    init(role: String, count: Int, folder: String, arguments: [String]) throws {
        self.role = role
        self.count = count
        self.folder = folder
        self.arguments = arguments
        for _ in 0..<count { workers.append(try start()) }
    }

    /// Looks after all of them.
    ///
    /// - Throws: `CommandFailure` when a worker ended by itself, which none should.
    func look() throws -> [Incident] {
        var incidents: [Incident] = []
        for index in workers.indices {
            let name = workers[index].name
            switch workers[index].process.news() {
            case .nothing: break
            case .stopped:
                workers[index].wakes = .now + Self.frozenFor
                incidents.append(.frozen(name))
            case .ended(signal: 9?):
                workers[index] = try start()
                incidents.append(.replaced(name))
            case .ended(let signal):
                throw CommandFailure(
                    .refused,
                    "worker \(name) ended by itself (signal \(signal ?? 0)); see \(folder)/workers.log")
            }
            if let wakes = workers[index].wakes, wakes <= .now {
                workers[index].wakes = nil
                workers[index].process.wake()
                incidents.append(.woken(name))
            }
        }
        return incidents
    }

    /// Stops all of them, with SIGKILL.
    func stop() {
        for worker in workers { worker.process.kill() }
        workers = []
    }

    /// Stops all of them and starts others.
    func restart() throws {
        stop()
        for _ in 0..<count { workers.append(try start()) }
    }

    private func start() throws -> Worker {
        started += 1
        let name = "w\(started)"
        let process = try ChildProcess(
            ["demo", role, "--name", name, "--folder", folder] + arguments, log: folder + "/workers.log")
        return Worker(name: name, process: process)
    }
}
