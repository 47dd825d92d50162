// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CrashKit

/// What the power left, at a moment.
struct Image {
    var time: UInt64
    var loss: Loss
    var bytes: [UInt8]
    /// Whether the data file has its name already.
    var hasName: Bool

    /// What a loss leaves of a file at the moment that a timeline has come to.
    init(of timeline: DiskTimeline, at time: UInt64, _ loss: Loss, _ dice: inout Dice) {
        self.time = time
        self.loss = loss
        bytes = timeline.image(loss, &dice)
        hasName = timeline.hasName(&dice)
    }

    /// Puts it into a folder as the data file, or as the draft of one.
    ///
    /// The file of LMDB's readers is worth nothing behind a crash, so it may hold anything or be gone.
    func write(to folder: String, _ dice: inout Dice) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let draft = folder + "/data.new"
        if !hasName { try FileManager.default.createDirectory(atPath: draft, withIntermediateDirectories: true) }
        try Data(bytes).write(to: URL(filePath: (hasName ? folder : draft) + "/data.mdb"))
        guard dice.one(in: 2) else { return }
        let garbage = (0..<8_192).map { _ in UInt8.random(in: 0...255, using: &dice) }
        try Data(garbage).write(to: URL(filePath: folder + "/lock.mdb"))
    }

    /// Starts a broker on it and holds it against what had been confirmed.
    ///
    /// - Returns: what is wrong.
    func examine(_ recording: Recording, _ dice: inout Dice) -> [String] {
        let folder = DataFolder()
        defer { withExtendedLifetime(folder) {} }
        do {
            try write(to: folder.path, &dice)
            let broker = try BrokerProcess(folder: folder.path)
            var problems: [String] = []
            for witness in recording.witnesses {
                do {
                    try witness.verify(at: time, recording.history, port: broker.port)
                } catch {
                    problems.append("\(error)")
                }
            }
            let history = History()
            for event in recording.history.events(until: time) { history.add(event) }
            try Drain.run(port: broker.port, epoch: 1, history: history)
            problems += Checker.check(history.events, Load.setting).findings.map(\.description)
            try broker.kill()
            return problems
        } catch {
            return ["\(error)"]
        }
    }
}
