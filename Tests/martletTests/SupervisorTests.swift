// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletLock
import MartletTestKit
import Testing

@testable import MartletServer
@testable import martlet

/// What the supervisor of the process is told.
struct SupervisorTests {
    private func socket(_ environment: [String: String]) -> SupervisorSocket? {
        SupervisorSocket(environment: environment, process: 7)
    }

    @Test func `without a supervisor nobody is told`() {
        #expect(socket([:]) == nil)
        #expect(socket(["NOTIFY_SOCKET": ""]) == nil)
        #expect(socket(["NOTIFY_SOCKET": "@"]) == nil)
        #expect(socket(["NOTIFY_SOCKET": "relative"]) == nil)
        #expect(socket(["NOTIFY_SOCKET": "vsock:2:1"]) == nil)
    }

    @Test func `a name as long as the system takes is used, and no longer one`() {
        func path(_ count: Int) -> String { "/" + String(repeating: "a", count: count - 1) }
        #expect(socket(["NOTIFY_SOCKET": path(107)]) != nil)
        #expect(socket(["NOTIFY_SOCKET": path(108)]) == nil)
    }

    @Test func `a watchdog is for the process that it names`() {
        func watchdog(_ more: [String: String]) -> Duration? {
            socket(more.merging(["NOTIFY_SOCKET": "/a"]) { own, _ in own })?.watchdog
        }
        #expect(watchdog([:]) == nil)
        #expect(watchdog(["WATCHDOG_USEC": "30000000"]) == .seconds(30))
        #expect(watchdog(["WATCHDOG_USEC": "1", "WATCHDOG_PID": "7"]) == .microseconds(1))
        #expect(watchdog(["WATCHDOG_USEC": "1", "WATCHDOG_PID": "8"]) == nil)
        for text in ["0", "-1", "soon"] { #expect(watchdog(["WATCHDOG_USEC": text]) == nil) }
    }

    @Test(arguments: [true, false]) func `lines arrive under a path and under an abstract name`(isPath: Bool) throws {
        let folder = try TemporaryFolder()
        let listener = try SupervisorListener(isPath ? "\(folder.path)/notify" : "@\(folder.path)")
        defer { listener.end() }
        try #require(socket(["NOTIFY_SOCKET": listener.name])).tell("READY=1", "STATUS=up")
        #expect(listener.next() == "READY=1\nSTATUS=up")
    }

    @Test func `the watchdog is fed only after the broker has answered`() async throws {
        let folder = try TemporaryFolder()
        let listener = try SupervisorListener("\(folder.path)/notify")
        defer { listener.end() }
        let watch = SupervisorWatch(socket(["NOTIFY_SOCKET": listener.name, "WATCHDOG_USEC": "2"]))
        let told = Lock<[String?]>([])
        watch.begin(
            SupervisorWatch.Start(place: "listens on 127.0.0.1:7250, data in data") {
                // The second time it is told that the broker has stopped.
                told.withLock { told in
                    told += [listener.next(), listener.pending()]
                    return told.count == 2
                }
            })
        async let end: Void = watch.run()
        let isStopped = try await onThread {
            while told.withLock({ $0.count < 4 }) { usleep(1_000) }
            return true
        }
        #expect(isStopped)
        #expect(
            told.withLock { $0 } == [
                "READY=1\nSTATUS=listens on 127.0.0.1:7250, data in data", nil, "WATCHDOG=1", nil,
            ])
        watch.finish()
        try await end
        #expect(listener.pending() == nil)
    }
}

extension ClientCommands {
    /// A broker that is started as systemd starts it.
    struct SupervisedRunTests {
        @Test func `it tells that it is ready, that it is alive, and that it stops`() async throws {
            let folder = try TemporaryFolder()
            let listener = try SupervisorListener("\(folder.path)/notify")
            defer { listener.end() }
            let (told, end) = try await onThread {
                let broker = try RunningCommand(
                    script: #"exec "$M" serve --port 0 --data "$NOTIFY_SOCKET.data""#, port: 1,
                    environment: ["NOTIFY_SOCKET": listener.name, "WATCHDOG_USEC": "20000"])
                var told = (0..<3).compactMap { _ in listener.next() }
                broker.send(SIGTERM)
                while let next = listener.next() {
                    told.append(next)
                    if next.hasPrefix("STOPPING=1\nSTATUS=") { break }
                }
                return (told, try broker.end())
            }
            #expect(end.status == 0, "\(end)")
            #expect(told.first?.hasPrefix("READY=1\nSTATUS=listens on 127.0.0.1:") == true, "\(told)")
            #expect(told.dropFirst().dropLast().allSatisfy { $0 == "WATCHDOG=1" } && told.count > 3, "\(told)")
            #expect(told.last?.hasPrefix("STOPPING=1") == true)
        }
    }
}
