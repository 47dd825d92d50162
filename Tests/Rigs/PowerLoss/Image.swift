// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CrashKit

/// What the power left of a store, at a moment.
struct Image {
    /// One of its files.
    private struct Part {
        var file: Trace.File
        var loss: Loss
        var place: FileTimeline.Place
        var bytes: [UInt8]
    }

    var time: UInt64
    private var parts: [Part]

    /// What is left at the moment that a timeline has come to.
    ///
    /// - Parameter loss: what is lost of each file.
    init(of timeline: DiskTimeline, at time: UInt64, _ dice: inout Dice, loss: (Trace.File, inout Dice) -> Loss) {
        self.time = time
        parts = timeline.files.map { file, timeline in
            let loss = loss(file, &dice)
            return Part(file: file, loss: loss, place: timeline.place(&dice), bytes: timeline.image(loss, &dice))
        }
    }

    /// Any loss of the data file, and another of each segment.
    static func any(of timeline: DiskTimeline, at time: UInt64, _ dice: inout Dice) -> Image {
        Image(of: timeline, at: time, &dice) { _, dice in Loss.allCases.randomElement(using: &dice) ?? .all }
    }

    /// What was lost.
    var losses: String {
        parts.filter { $0.place != .nowhere }.map { "\($0.file.name) \($0.loss)" }.joined(separator: ", ")
    }

    /// Puts it into a folder.
    ///
    /// The file of LMDB's readers is worth nothing behind a crash, so it may hold anything or be gone.
    func write(to folder: String, _ dice: inout Dice) throws {
        try write(to: folder)
        guard dice.one(in: 2) else { return }
        let garbage = (0..<8_192).map { _ in UInt8.random(in: 0...255, using: &dice) }
        try Data(garbage).write(to: URL(filePath: folder + "/lock.mdb"))
    }

    /// Puts it into a folder, and nothing else.
    func write(to folder: String) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let draft = folder + "/data.new"
        for part in parts where part.place != .nowhere {
            let isDraft = part.place == .draft
            if isDraft { try FileManager.default.createDirectory(atPath: draft, withIntermediateDirectories: true) }
            try Data(part.bytes).write(to: URL(filePath: (isDraft ? draft : folder) + "/" + part.file.name))
        }
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
