// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Glibc

/// What every run of a plan has: a folder with the logs of its processes, the count of what happened, and a screen.
final class DemoStage {
    let plan: DemoPlan
    let folder: String
    let board = Scoreboard()
    /// All that the mail service was asked.
    private(set) var log: [Mail] = []
    private let screen: DemoScreen
    private let begin = ContinuousClock.now
    private var journal: LineTail
    private var mails: LineTail

    /// Makes the folder of a run with a name of its own.
    init(plan: DemoPlan, run: String, screen: DemoScreen) throws(CommandFailure) {
        self.plan = plan
        self.screen = screen
        folder = FileManager.default.temporaryDirectory.path + "/martlet-demo-\(run)-\(getpid())"
        journal = LineTail(path: folder + "/journal")
        mails = LineTail(path: folder + "/mails")
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure(.io, "cannot make the folder \(folder): \(error)")
        }
    }

    /// A name for a run that no other has.
    static func makeName() -> String { String(UInt64(Date().timeIntervalSince1970 * 1_000), radix: 36) }

    /// Seconds since the beginning.
    var seconds: Double { (ContinuousClock.now - begin) / .seconds(1) }

    /// After so many seconds something is stuck.
    var limit: Double { 60 + Double(plan.requests) / 10 }

    /// Counts what the processes have told since the last time.
    func count() {
        let events = journal.lines().compactMap { DemoEvent(line: $0) }
        let sent = mails.lines().compactMap { Mail(line: $0) }
        log += sent
        board.count { tally in
            for event in events { tally.take(event) }
            for mail in sent { tally.world.take(mail) }
        }
    }

    /// Whether it is to go on.
    ///
    /// - Throws: `CancellationError` when a person wants it to end.
    func goesOn() throws -> Bool {
        if board.isInterrupted { throw CancellationError() }
        return seconds < limit && board.problems.isEmpty
    }

    /// Shows how it stands.
    func draw() throws { try screen.draw(board.tally, requests: plan.requests, seconds: seconds) }

    /// Something has happened that is worth a line.
    func tell(_ text: String) throws { try screen.tell(text, board.tally, seconds: seconds) }

    /// Something has happened to a worker.
    func tell(_ incident: WorkerCrew.Incident) throws {
        switch incident {
        case .replaced(let name): try tell("worker \(name) was killed in the middle of its work, and replaced")
        case .frozen(let name): try tell("worker \(name) is frozen with the model's answer in its hands")
        case .woken(let name): try tell("worker \(name) goes on, long after its time")
        }
    }

    /// Closes the logs, and removes the folder unless it is to be looked into.
    func end(keepsFolder: Bool) {
        journal.end()
        mails.end()
        if !keepsFolder { try? FileManager.default.removeItem(atPath: folder) }
    }
}
