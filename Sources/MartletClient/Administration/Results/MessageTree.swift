// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The flow of a process: which message caused which, and what became of each.
public struct MessageTree: ReadableResult {
    /// A message of the process.
    public struct Node: Sendable, Hashable {
        /// The topic.
        public var topic: String
        /// Its offset.
        public var offset: UInt64
        /// Its id, or nil.
        public var id: String?
        /// What caused it, as it says, or nil.
        public var cause: String?
        /// When it became visible, in Unix milliseconds.
        public var time: UInt64
        /// The verdict of each subscription of its topic.
        public var verdicts: [String: MessageVerdict]
        /// Whether its cause is not known or not kept, so that it stands at the top without being the first.
        public var isGap: Bool
        /// What it caused.
        public var children: [Node]
    }

    /// The process.
    public var process: String
    /// The messages that nothing caused, or whose cause is not known, with what they caused.
    public var messages: [Node]
    /// Whether there are more messages than are told.
    public var hasMore: Bool
    /// The JSON of the broker.
    public let rawJSON: [UInt8]

    init(_ fields: ResultFields) throws(ClientError) {
        process = try fields.text("process")
        messages = try Self.nodes(fields.list("messages"))
        hasMore = fields.flag("more") ?? false
        rawJSON = fields.rawJSON
    }

    private static func nodes(_ values: [JSONValue]) throws(ClientError) -> [Node] {
        var nodes: [Node] = []
        for value in values {
            let fields = ResultFields(value)
            let verdicts = fields.texts("verdicts").map { ($0.name, MessageVerdict(rawValue: $0.value)) }
            nodes.append(
                Node(
                    topic: try fields.text("topic"), offset: try fields.number("offset"),
                    id: fields.optionalText("id"), cause: fields.optionalText("cause"),
                    time: try fields.number("time"),
                    verdicts: Dictionary(verdicts) { _, last in last }, isGap: fields.flag("gap") ?? false,
                    children: try Self.nodes(fields.list("children"))))
        }
        return nodes
    }
}
