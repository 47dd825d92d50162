// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletModel

/// The settings that a subscription has from its beginning to its end.
struct FixedSettingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Which messages wait for which: none, key (one at a time of each key) or all (one at a time).",
            valueName: "none|key|all"))
    var order: String?

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("Take only messages with this header of this value.", valueName: "header:value"))
    var condition: String?

    @Option(help: ArgumentHelp("Take only messages whose key begins with this.", valueName: "prefix"))
    var keyPrefix: String?

    @Flag(help: "Remove the subscription five minutes after its last consumer.")
    var ephemeral = false

    func validate() throws { try apply(to: SubscriptionOptions()) }

    /// Adds the settings that were named to others.
    @discardableResult
    func apply(to others: SubscriptionOptions) throws -> SubscriptionOptions {
        var options = others
        options.order = try SettingWord.parse("--order", order)
        options.ephemeral = ephemeral
        var filter = Filter()
        if let condition {
            let parts = condition.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw ValidationError("--where '\(condition)': expected header:value")
            }
            (filter.header, filter.value) = (String(parts[0]), Array(parts[1].drop { $0 == " " }.utf8))
        }
        if let keyPrefix { filter.keyPrefix = try MessageArgument.identifier(keyPrefix, "--key-prefix") }
        if !filter.isEmpty { options.filter = filter }
        return options
    }
}
