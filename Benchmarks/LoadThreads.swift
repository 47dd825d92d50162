// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import MartletLock

/// What a thread has measured.
struct Tally: Sendable {
    /// From a publish to its confirm.
    var confirm = Percentiles()
    /// From a publish to its delivery.
    var delivery = Percentiles()

    /// Takes in what another thread has measured.
    mutating func add(_ other: Tally) {
        confirm.add(other.confirm)
        delivery.add(other.delivery)
    }
}

/// Threads of the system, since the load blocks in its sockets and shall cost next to nothing.
enum LoadThreads {
    typealias Job = @Sendable () throws -> Tally

    private final class Work: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    private final class Sum: Sendable {
        let tally = Lock(Tally())
    }

    /// Runs every job on a thread of its own and waits for all of them.
    ///
    /// - Returns: the sum of what they measured.
    /// - Throws: what the first that failed threw.
    static func run(_ jobs: [Job], stop: StopSign) throws -> Tally {
        let sum = Sum()
        var threads: [pthread_t] = []
        for job in jobs {
            let work = Work {
                do {
                    let tally = try job()
                    sum.tally.withLock { $0.add(tally) }
                } catch {
                    stop.raise(error)
                }
            }
            var thread = pthread_t()
            // SAFETY: the reference is taken over by the thread exactly once, or released here when there is none.
            let argument = Unmanaged.passRetained(work)
            let code = pthread_create(&thread, nil, { LoadThreads.run($0) }, argument.toOpaque())
            if code == 0 {
                threads.append(thread)
            } else {
                argument.release()
                stop.raise(BenchmarkFailure("the system gives no thread: \(String(cString: strerror(code)))"))
                break
            }
        }
        for thread in threads { pthread_join(thread, nil) }
        try stop.rethrow()
        return sum.tally.withLock { $0 }
    }

    private static func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        // SAFETY: this is the reference that was retained for this thread.
        Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
        return nil
    }
}
