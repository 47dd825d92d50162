// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A topic whose messages have one type: its name, the type and the coding, said once.
///
/// With `MartletJSON`, `Topic<Order>("orders")` is a topic of orders in JSON.
public struct Topic<Value: Sendable>: Sendable {
    /// The topic's name.
    public let name: String
    /// How its values become bodies.
    public let coding: BodyCoding<Value>

    /// Makes a topic of a coding of your own.
    public init(_ name: String, coding: BodyCoding<Value>) {
        self.name = name
        self.coding = coding
    }

    /// A message to be published whose body is a value.
    ///
    /// - Throws: what the coding throws when the value has no form.
    public func draft(
        _ value: Value, id: String? = nil, key: String? = nil, process: String? = nil, cause: String? = nil,
        headers: Headers = Headers(), delay: Duration? = nil, at: UInt64? = nil, ttl: Duration? = nil
    ) throws -> Draft {
        var draft = Draft(
            name, body: try coding.encode(value), id: id, key: key, process: process, cause: cause, headers: headers,
            delay: delay, at: at, ttl: ttl)
        if draft.headers["content-type"] == nil { draft.headers["content-type"] = coding.contentType }
        return draft
    }

    /// The value of a message.
    ///
    /// - Throws: a `HandlerFailure` that rejects the message, with the code `body-mismatch` and a note that says what
    ///   is wrong and where: a body that does not decode today will not decode at its next delivery, and the dead
    ///   letter keeps it for when the type has learned it.
    public func value(of message: Message) throws(HandlerFailure) -> Value {
        do {
            return try coding.decode(message.body)
        } catch {
            throw HandlerFailure.reject(code: "body-mismatch", note: "not a \(Value.self): \(error)")
        }
    }
}
