// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletModel

/// The settings of a topic.
struct TopicSettingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "When messages go: limits (by age, bytes and count), interest (when all subscriptions settled them) or "
                + "work (when the only subscription settled them).", valueName: "kind"))
    var retention: String?

    @Option(
        help: ArgumentHelp("Whether limits may drop what is not settled: keep or drop.", valueName: "keep|drop"))
    var unsettled: String?

    @Option(help: ArgumentHelp("The age from which messages go, such as 7d, or none.", valueName: "duration"))
    var maxAge: String?

    @Option(help: ArgumentHelp("How many bytes are kept, such as 10GiB, or none.", valueName: "size"))
    var maxBytes: String?

    @Option(help: ArgumentHelp("How many messages are kept, or none.", valueName: "n"))
    var maxMessages: String?

    @Option(help: ArgumentHelp("How long ids are remembered, such as 24h.", valueName: "duration"))
    var dedupWindow: String?

    func validate() throws { _ = try options() }

    /// The settings that were named.
    func options() throws -> TopicOptions {
        var options = TopicOptions()
        options.retention = try SettingWord.parse("--retention", retention)
        options.unsettled = try SettingWord.parse("--unsettled", unsettled)
        options.maxAge = try maxAge.map { try DurationArgument.optionOrNone("--max-age", $0) }
        options.maxBytes = try maxBytes.map {
            try Self.amount("--max-bytes", $0, ByteSize.bytes, "a size such as 10GiB")
        }
        options.maxMessages = try maxMessages.map { text in
            try Self.amount("--max-messages", text, ByteSize.plainNumber, "a number")
        }
        options.dedupWindow = try dedupWindow.map { try DurationArgument.option("--dedup-window", $0) }
        return options
    }

    private static func amount(
        _ name: String, _ text: String, _ read: (String) -> Int?, _ kind: String
    ) throws -> UInt64 {
        if text == "none" { return 0 }
        guard let number = read(text), number > 0 else {
            throw ValidationError("\(name) '\(text)': expected none or \(kind)")
        }
        return UInt64(number)
    }
}
