// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The attributes of a CloudEvents 1.0 event in binary mode: they travel as headers, and the body is the data.
public struct CloudEvent: Sendable, Hashable {
    /// Names the event among those of its source.
    public var id: String
    /// Where it comes from, as a URI reference.
    public var source: String
    /// What kind of event it is, such as `com.example.order.placed`.
    public var type: String
    /// When it happened, as an RFC 3339 timestamp, or nil.
    public var time: String?
    /// What it is about within its source, or nil.
    public var subject: String?
    /// What the data is, such as `application/json`; it travels as the header `content-type`.
    public var dataContentType: String?

    /// The version of the specification, always `1.0`.
    public static let specVersion = "1.0"

    /// Makes an event.
    public init(
        id: String, source: String, type: String, time: String? = nil, subject: String? = nil,
        dataContentType: String? = nil
    ) {
        self.id = id
        self.source = source
        self.type = type
        self.time = time
        self.subject = subject
        self.dataContentType = dataContentType
    }

    /// Reads an event; nil when the headers hold none of version 1.0 with all its required attributes.
    public init?(_ headers: Headers) {
        guard headers["ce-specversion"] == Self.specVersion, let id = headers["ce-id"], !id.isEmpty,
            let source = headers["ce-source"], !source.isEmpty, let type = headers["ce-type"], !type.isEmpty
        else { return nil }
        self.init(
            id: id, source: source, type: type, time: headers["ce-time"], subject: headers["ce-subject"],
            dataContentType: headers["content-type"])
    }

    /// Writes the event to headers; attributes that it does not have are removed, other headers stay.
    public func write(to headers: inout Headers) {
        headers["ce-specversion"] = Self.specVersion
        headers["ce-id"] = id
        headers["ce-source"] = source
        headers["ce-type"] = type
        headers["ce-time"] = time
        headers["ce-subject"] = subject
        headers["content-type"] = dataContentType
    }
}
