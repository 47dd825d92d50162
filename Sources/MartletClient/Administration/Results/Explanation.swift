// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Why a message is not handled for a subscription, or that it is: one verdict, what it rests on, and what happens
/// next.
public struct Explanation: ReadableResult {
    /// What is so.
    public var verdict: MessageVerdict
    /// The topic.
    public var topic: String
    /// The message's offset; nil when it has none, or none any more.
    public var offset: UInt64?
    /// The subscription; nil when the message is judged without one.
    public var subscription: String?
    /// What the verdict rests on.
    public var evidence: Evidence
    /// What happens next, as a sentence for people.
    public var next: String
    /// The JSON of the broker.
    public let rawJSON: [UInt8]

    init(_ fields: ResultFields) throws(ClientError) {
        let verdict = MessageVerdict(rawValue: try fields.text("verdict"))
        self.verdict = verdict
        topic = try fields.text("topic")
        offset = fields.optionalNumber("offset").flatMap { $0 > 0 ? $0 : nil }
        subscription = fields.optionalText("subscription")
        evidence = Evidence(verdict, fields.object("evidence") ?? ResultFields(.object([:])))
        next = fields.optionalText("next") ?? ""
        rawJSON = fields.rawJSON
    }
}
