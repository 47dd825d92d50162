// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CrashKit

extension Rig {
    /// What was confirmed survives a power failure, at whatever moment it comes and whatever it leaves.
    struct PowerLoss {
        private static let images = 120
        /// A planted mistake shows in more than one image of ten.
        private static let imagesForMistake = 300

        @Test func `a power failure loses nothing that was confirmed`() async throws {
            let images = RigWish.number("IMAGES") ?? Self.images
            let campaign = PowerLossCampaign(seed: RigWish.seed(), images: images)
            let outcome = try await onThread { try campaign.run() }
            RigWish.say(outcome.figures)
            let lines = ([outcome.figures] + outcome.failures.prefix(10)).joined(separator: "\n")
            let command = "make powerloss IMAGES=\(images) SEED=\(campaign.seed)"
            #expect(outcome.failures.isEmpty, "\(lines)\nrepeat with: \(command)")
        }

        @Test func `a power failure during the first start leaves what starts`() async throws {
            let seed = RigWish.seed()
            let (images, problems) = try await onThread { try FirstStart().run(seed: seed) }
            RigWish.say("\(images) images of a first start")
            #expect(problems.isEmpty, "\(problems.prefix(10).joined(separator: "\n"))\nseed \(seed)")
        }

        @Test(arguments: [Shim.Swallow.all, .journal, .lone])
        func `flushes that do not take place are found`(swallow: Shim.Swallow) async throws {
            try await find(shim: Shim(swallow: swallow), bug: nil)
        }

        @Test(arguments: ["confirm-before-commit", "flush-late", "flush-never", "trim-early", "append-early"])
        func `a confirm that is not yet durable, or does not stay so, is found`(bug: String) async throws {
            try await find(shim: Shim(), bug: bug)
        }

        private func find(shim: Shim, bug: String?) async throws {
            let campaign = PowerLossCampaign(
                seed: RigWish.seed(), images: Self.imagesForMistake, shim: shim, bug: bug, isPlanted: true)
            let outcome = try await onThread { try campaign.run() }
            RigWish.say("\(bug ?? shim.swallow?.rawValue ?? "") in \(outcome.figures)")
            #expect(!outcome.failures.isEmpty, "not found: \(outcome.figures)")
        }
    }
}
