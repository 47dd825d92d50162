// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// `martlet purge`: drops messages of a topic.
struct PurgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Drop the messages of a topic, handled or not.",
        discussion: """
              martlet purge orders
              martlet purge orders --before 1200

            Without --before also what is scheduled is cancelled.

            \(ConsentOptions.discussion)
            """)

    @Argument(help: "The topic.", completion: NameCompletion.topics)
    var topic: String

    @Option(help: ArgumentHelp("Drop only what lies before this offset.", valueName: "offset"))
    var before: UInt64?

    @OptionGroup var consent: ConsentOptions
    @OptionGroup var client: ClientOptions

    mutating func validate() throws { _ = try ClientOptions.checkedName(topic, what: "topic") }

    func run() throws {
        try client.withConnection { connection, _ in
            let info = try connection.value(.info(.topic(topic)))
            let (first, next) = (info.count("first"), info.count("next"))
            let end = before.map { min(Int(clamping: $0), next) } ?? next
            let what =
                before == nil
                ? "all \(max(0, end - first)) messages of \(topic), and what is scheduled in it"
                : "the messages of \(topic) before offset \(end) (\(max(0, end - first)) or less)"
            let names = (info["subscriptions"]?.array ?? []).compactMap(\.string)
            let readers = names.isEmpty ? "" : ", whether \(names.joined(separator: ", ")) handled them or not"
            try consent.obtain("This drops \(what)\(readers).")
            _ = try connection.request(.purge(topic: topic, before: before))
            try StandardOutput.write("purged \(topic)\(before.map { " before offset \($0)" } ?? "")\n")
        }
    }
}
