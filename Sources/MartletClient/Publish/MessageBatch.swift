// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol
import NIOCore

/// Messages for one topic that are published together, with one `await` for all confirms.
///
/// Each message is written into one buffer as it is appended, in the form in which it is sent. Ids are made for
/// messages that have none, unless that is switched off: with ids the client sends a batch again when the connection
/// dies before its confirms, and nothing is stored twice; without them such a batch ends in the error `unknown`.
/// Publishing the same batch a second time sends the same ids, so it is answered with duplicates.
public struct MessageBatch: Sendable {
    /// The topic.
    public let topic: String
    /// How many messages there are.
    public private(set) var count = 0
    /// Whether every message has an id.
    public private(set) var hasIDs = true
    /// Whether no message has an id that the caller gave.
    private(set) var hasOnlyOwnIDs = true
    private(set) var frame = ByteBuffer()

    private let encoder: PublishEncoder
    private let makesIDs: Bool
    private var ids: SharedIDs
    /// Bytes of the largest body.
    private(set) var largestBody = 0

    /// Makes an empty batch.
    ///
    /// - Parameters:
    ///   - topic: The topic of all messages.
    ///   - withIDs: Whether messages without an id get one.
    ///   - capacity: Bytes to reserve, when it is known how large the batch becomes.
    /// - Throws: `ClientError` with code `badArgument` when the topic is not a name.
    public init(_ topic: String, withIDs: Bool = true, capacity: Int = 0) throws(ClientError) {
        try Check.name(topic, "topic")
        self.topic = topic
        makesIDs = withIDs
        encoder = PublishEncoder(topic: topic)
        ids = SharedIDs()
        frame.reserveCapacity(capacity)
    }

    /// Whether there is no message.
    public var isEmpty: Bool { count == 0 }
    /// How many bytes are sent for it.
    public var byteCount: Int { frame.readableBytes }

    /// Adds a message that is only a body, of at most what the broker takes (1 MiB by default).
    ///
    /// - Throws: `ClientError` with code `badArgument` when the body is longer than 16 MiB.
    public mutating func append(_ body: [UInt8]) throws(ClientError) {
        try Check.length(body.count, "body", Limits.bodyCeiling)
        body.withUnsafeBytes { add($0) }
    }

    /// Adds a message that is only a body, of at most what the broker takes (1 MiB by default).
    ///
    /// - Throws: `ClientError` with code `badArgument` when the body is longer than 16 MiB.
    public mutating func append(_ body: RawSpan) throws(ClientError) {
        try Check.length(body.byteCount, "body", Limits.bodyCeiling)
        body.withUnsafeBytes { add($0) }
    }

    /// Adds a message with all that belongs to it; its topic is the batch's, not the draft's.
    ///
    /// - Throws: `ClientError` with code `badArgument` that says what cannot be written; the batch is unchanged then.
    public mutating func append(_ draft: Draft) throws(ClientError) {
        var id = draft.id
        if id == nil, makesIDs {
            ownIDs()
            id = ids.ids.next()
        }
        let end = frame.writerIndex
        do {
            try draft.write(to: &frame, with: encoder, id: id, headers: draft.headers)
        } catch {
            frame.moveWriterIndex(to: end)
            throw error
        }
        largestBody = max(largestBody, draft.body.count)
        hasIDs = hasIDs && id != nil
        hasOnlyOwnIDs = hasOnlyOwnIDs && draft.id == nil
        count += 1
    }

    /// Takes all messages out, so that the batch can be filled again; ids are not used twice.
    public mutating func removeAll() {
        frame.clear()
        count = 0
        largestBody = 0
        hasIDs = true
        hasOnlyOwnIDs = true
    }

    private mutating func add(_ body: UnsafeRawBufferPointer) {
        if makesIDs {
            ownIDs()
            let number = ids.ids.nextNumber()
            encoder.write(body: body, idPrefix: ids.ids.prefix, idNumber: number, into: &frame)
        } else {
            encoder.write(body: body, into: &frame)
        }
        largestBody = max(largestBody, body.count)
        hasIDs = hasIDs && makesIDs
        count += 1
    }

    /// Sees to it that no copy of this batch makes the same ids.
    private mutating func ownIDs() {
        if !isKnownUniquelyReferenced(&ids) { ids = SharedIDs() }
    }
}

/// Where a batch has its ids from; apart, so that a batch notices that it was copied.
// SAFETY: it is changed only by a batch that holds the only reference to it.
private final class SharedIDs: @unchecked Sendable {
    var ids = MessageIDs(random: UInt64.random(in: .min ... .max))
}
