// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MartletClient
import MartletModel

/// Names that a shell offers for an argument, as the broker knows them; none when it cannot be asked.
enum NameCompletion {
    /// The topics.
    static let topics = CompletionKind.custom { _, _, prefix in
        known().compactMap { $0["name"]?.string }.filter { $0.hasPrefix(prefix) }
    }

    /// The subscriptions of a topic that is named before them, else of all.
    static let subscriptions = CompletionKind.custom { words, _, prefix in
        let topics = known()
        let named = topics.filter { topic in topic["name"]?.string.map { words.contains($0) } ?? false }
        let names = (named.isEmpty ? topics : named).flatMap { $0["subscriptions"]?.array ?? [] }.compactMap(\.string)
        return Set(names).filter { $0.hasPrefix(prefix) }.sorted()
    }

    private static func known() -> [JSONValue] {
        do {
            let connection = try BlockingConnection(try ClientOptions.parse([]).configuration())
            defer { connection.close() }
            return try connection.value(.info(.topics)).array ?? []
        } catch {
            // A completion has nowhere to tell why.
            return []
        }
    }
}
