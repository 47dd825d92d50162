// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How a topic stands.
public struct TopicStatus: ReadableResult {
    /// Its name.
    public var name: String
    /// The offset of the oldest message that is kept.
    public var first: UInt64
    /// The offset that the next message gets.
    public var next: UInt64
    /// How many messages are kept.
    public var messages: UInt64
    /// How many bytes they have.
    public var bytes: UInt64
    /// The names of its subscriptions.
    public var subscriptions: [String]
    /// How its messages are kept; what this version does not know is nil.
    public var rules: TopicRules
    /// The JSON of the broker.
    public let rawJSON: [UInt8]

    init(_ fields: ResultFields) throws(ClientError) {
        name = try fields.text("name")
        first = try fields.number("first")
        next = try fields.number("next")
        messages = try fields.number("messages")
        bytes = try fields.number("bytes")
        subscriptions = fields.list("subscriptions").compactMap(\.string)
        rules = TopicRules(
            retention: fields.optionalText("retention").flatMap(TopicRules.Retention.init),
            unsettled: fields.optionalText("unsettled").flatMap(TopicRules.Unsettled.init),
            maxAge: fields.optionalCount("maxAge").map { .milliseconds($0) },
            maxBytes: fields.optionalNumber("maxBytes"), maxMessages: fields.optionalNumber("maxMessages"),
            dedupWindow: fields.optionalCount("dedupWindow").map { .milliseconds($0) })
        rawJSON = fields.rawJSON
    }
}
