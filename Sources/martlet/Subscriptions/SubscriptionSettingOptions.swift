// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletModel

/// The settings of a subscription that can be changed later.
struct SubscriptionSettingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How long a message may stay unacknowledged, such as 30s or 5m.", valueName: "duration"))
    var lease: String?

    @Option(help: ArgumentHelp("After how many failures a message is given up.", valueName: "n"))
    var maxFailures: Int?

    @Option(
        help: ArgumentHelp("After how many lost deliveries in a row a message is given up.", valueName: "n"))
    var maxDeliveries: Int?

    @Option(help: ArgumentHelp("The waits between attempts; the last one repeats.", valueName: "5s,30s,.."))
    var backoff: String?

    @Option(
        help: ArgumentHelp(
            "What becomes of what is given up: dead (a dead letter) or park (it waits for a person).",
            valueName: "dead|park"))
    var onPoison: String?

    @Option(
        help: ArgumentHelp(
            "What becomes of a message whose time to live is over: drop or dead.", valueName: "drop|dead"))
    var onExpire: String?

    @Option(
        help: ArgumentHelp(
            "Within which time each message is to be settled, else $sys.expect.missed says so; or none.",
            valueName: "duration"))
    var expect: String?

    @Option(
        help: ArgumentHelp("Remove the subscription so long after its last consumer; or none.", valueName: "duration"))
    var expireAfter: String?

    func validate() throws { _ = try options() }

    /// The settings that were named.
    func options() throws -> SubscriptionOptions {
        var options = SubscriptionOptions()
        options.lease = try lease.map(Self.lease)
        options.maxFailures = try Self.number("--max-failures", maxFailures, Limits.failures)
        options.maxDeliveries = try Self.number("--max-deliveries", maxDeliveries, Limits.deliveries)
        options.backoff = try backoff.map { text in
            try text.split(separator: ",", omittingEmptySubsequences: false).map {
                try DurationArgument.option("--backoff", String($0))
            }
        }
        options.onPoison = try SettingWord.parse("--on-poison", onPoison)
        options.onExpire = try SettingWord.parse("--on-expire", onExpire)
        options.expect = try expect.map { try DurationArgument.optionOrNone("--expect", $0) }
        options.expireAfter = try expireAfter.map { try DurationArgument.optionOrNone("--expire-after", $0) }
        return options
    }

    private static func lease(_ text: String) throws -> Int {
        let limits = Limits.leaseFloor...Limits.leaseCeiling
        guard let milliseconds = DurationCoding.decode(text), limits.contains(milliseconds) else {
            throw ValidationError("--lease '\(text)': expected a duration from 1s to 12h, such as 30s")
        }
        return milliseconds
    }

    private static func number(_ name: String, _ number: Int?, _ most: UInt64) throws -> Int? {
        guard let number else { return nil }
        guard number >= 1, number <= most else {
            throw ValidationError("\(name) \(number): expected a number from 1 to \(most)")
        }
        return number
    }
}
