// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A consumer that is attached to a subscription.
public struct ConsumerStatus: ReadableResult {
    /// What its client calls itself; empty when it has no name.
    public var client: String
    /// Its number, which its client chose.
    public var consumer: Int
    /// The topic.
    public var topic: String
    /// The subscription.
    public var subscription: String
    /// How many deliveries it may hold.
    public var window: Int
    /// How many deliveries it holds.
    public var inFlight: Int
    /// How many deliveries it has got.
    public var deliveries: UInt64
    /// The JSON of the broker.
    public let rawJSON: [UInt8]

    init(_ fields: ResultFields) throws(ClientError) {
        client = fields.optionalText("client") ?? ""
        consumer = try fields.count("consumer")
        topic = try fields.text("topic")
        subscription = try fields.text("subscription")
        window = try fields.count("window")
        inFlight = try fields.count("inFlight")
        deliveries = try fields.number("deliveries")
        rawJSON = fields.rawJSON
    }
}
