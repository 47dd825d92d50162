// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// How far a watcher has read the topics in which the broker speaks of itself.
struct EventPosition: Equatable {
    /// The offset of the last message that was told, by topic.
    private(set) var offsets: [String: UInt64] = [:]

    /// A watcher who has read nothing.
    init() {}

    /// Reads an event's id: `<topic>:<offset>`, joined by commas, without the `$sys.` of the topics; nil when it is
    /// something else.
    init?(id: String) {
        for part in id.split(separator: ",") {
            let fields = part.split(separator: ":")
            guard fields.count == 2, let offset = UInt64(fields[1]), offset <= Limits.number,
                Name.isValid(String(fields[0]))
            else { return nil }
            offsets["$sys.\(fields[0])"] = offset
        }
        guard !offsets.isEmpty, offsets.count <= 100 else { return nil }
    }

    subscript(topic: String) -> UInt64 {
        get { offsets[topic] ?? 0 }
        set { offsets[topic] = newValue }
    }

    /// The id of the event that brought the watcher here.
    var id: String {
        offsets.sorted { $0.key < $1.key }.map { "\($0.key.dropFirst(5)):\($0.value)" }.joined(separator: ",")
    }
}
