// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

@testable import CrashKit

/// The power fails while a broker makes its data file, when nothing has been confirmed.
struct FirstStart {
    private let timeline: DiskTimeline
    private let moments: ClosedRange<UInt64>

    /// Records the first start of a broker on a new folder.
    init() throws {
        let folder = DataFolder()
        let path = folder.path + ".trace"
        defer {
            withExtendedLifetime(folder) {}
            for path in [path, path + ".counts"] { try? FileManager.default.removeItem(atPath: path) }
        }
        let broker = try BrokerProcess(
            folder: folder.path, variables: try Shim().environment(folder: folder.path, trace: path))
        try broker.kill()
        let trace = try Trace(path: path)
        guard trace.entries.contains(where: { $0.concerns(.data) && $0.kind == .flushed }),
            let last = trace.entries.map(\.end).max()
        else { throw ProcessFailure(description: "the start flushed nothing") }
        moments = 1...last
        timeline = try DiskTimeline(trace)
    }

    /// Starts a broker on an image of every moment and loss of the data file, and of any loss of the journal; it has to
    /// start on each.
    ///
    /// - Returns: how many images there were, and what is wrong.
    func run(seed: UInt64) throws -> (images: Int, problems: [String]) {
        var dice = Dice(seed: seed)
        var timeline = timeline
        var images = 0
        var problems: [String] = []
        for time in moments {
            timeline.advance(to: time)
            for loss in Loss.allCases {
                images += 1
                let image = Image(of: timeline, at: time, &dice) { file, dice in
                    file == .data ? loss : Loss.allCases.randomElement(using: &dice) ?? loss
                }
                guard let problem = try problem(with: image, &dice) else { continue }
                problems.append("at \(time) of \(moments.upperBound), lost \(image.losses): \(problem)")
            }
        }
        return (images, problems)
    }

    private func problem(with image: Image, _ dice: inout Dice) throws -> String? {
        let folder = DataFolder()
        defer { withExtendedLifetime(folder) {} }
        try image.write(to: folder.path, &dice)
        let broker = try BrokerProcess(spawning: folder.path)
        do {
            try broker.waitUntilUp()
            try broker.kill()
            return nil
        } catch {
            return "\(error)"
        }
    }
}
