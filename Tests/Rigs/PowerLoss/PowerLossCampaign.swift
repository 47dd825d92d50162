// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletLock

@testable import CrashKit

/// Recordings, images of what a power failure would have left of each, and a broker on every image.
struct PowerLossCampaign: Sendable {
    /// What came out.
    struct Outcome: Sendable {
        var images = 0
        /// Images of which something confirmed is missing, each in a line or two.
        var failures: [String] = []
        var figures = ""
    }

    private static let imagesOfRecording = 50
    private static let milliseconds: UInt32 = 1_200
    /// Brokers at a time; each is waited for most of the time.
    private static let workers = 3

    var seed: UInt64
    var images: Int
    var shim = Shim()
    var bug: String?
    /// Whether something is to be found: then the first thing is enough, and no image is kept.
    var isPlanted = false

    func run() throws -> Outcome {
        var outcome = Outcome()
        var dice = Dice(seed: seed)
        var events = 0
        var writes = 0
        while outcome.images < images {
            let count = min(Self.imagesOfRecording, images - outcome.images)
            let recording = try Recording.make(
                seed: dice.next(), milliseconds: Self.milliseconds, shim: shim, bug: bug)
            events += recording.history.moments.count
            writes += recording.trace.entries.count { $0.kind == .written }
            outcome.failures += try examine(recording, count, seed: dice.next())
            outcome.images += count
            if !outcome.failures.isEmpty, isPlanted { break }
        }
        outcome.figures =
            "\(outcome.images) images of seed \(seed): \(writes) writes and \(events) events recorded, "
            + "\(outcome.failures.count) images with something missing"
        return outcome
    }

    private func examine(_ recording: Recording, _ count: Int, seed: UInt64) throws -> [String] {
        var dice = Dice(seed: seed)
        let times = (0..<count).map { _ in time(recording, &dice) }.sorted()
        let timeline = try DiskTimeline(recording.trace)
        let failures = Lock<[(UInt64, String)]>([])
        let group = DispatchGroup()
        for worker in 0..<Self.workers {
            group.enter()
            Thread { [worked = dice.next()] in
                var dice = Dice(seed: worked)
                var timeline = timeline
                for index in stride(from: worker, to: count, by: Self.workers) {
                    timeline.advance(to: times[index])
                    let image = Image.any(of: timeline, at: times[index], &dice)
                    let problems = image.examine(recording, &dice)
                    guard !problems.isEmpty else { continue }
                    let place = isPlanted ? "not kept" : Self.keep(image, "\(self.seed)-\(times[index])")
                    let text = problems.prefix(3).joined(separator: "\n  ")
                    failures.withLock {
                        $0.append((image.time, "at \(image.time), lost \(image.losses), image \(place):\n  \(text)"))
                    }
                }
                group.leave()
            }.start()
        }
        group.wait()
        return failures.withLock { $0 }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// A moment: each second time right behind something that left, when the broker is bound by it and no more.
    private func time(_ recording: Recording, _ dice: inout Dice) -> UInt64 {
        let confirmations = recording.history.confirmations.filter(recording.moments.contains)
        if dice.one(in: 2), let time = confirmations.randomElement(using: &dice) { return time }
        return UInt64.random(in: recording.moments, using: &dice)
    }

    /// Keeps an image that something is missing from.
    private static func keep(_ image: Image, _ name: String) -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "martlet-powerloss-\(name)").path
        try? image.write(to: path)
        return path
    }
}
