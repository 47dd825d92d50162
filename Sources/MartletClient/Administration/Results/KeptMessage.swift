// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A message as it lies in its topic, looked at without consuming it.
public struct KeptMessage: ReadableResult {
    /// Its offset.
    public var offset: UInt64
    /// When it became visible, in Unix milliseconds.
    public var time: UInt64
    /// Its id, or nil; here as below, of what is not UTF-8, what can be shown.
    public var id: String?
    /// Its key, or nil.
    public var key: String?
    /// Its process, or nil.
    public var process: String?
    /// Its cause, or nil.
    public var cause: String?
    /// Its headers, in the order of their names.
    public var headers: Headers
    /// Its body.
    public var body: [UInt8]
    /// The JSON of the broker.
    public let rawJSON: [UInt8]

    init(_ fields: ResultFields) throws(ClientError) {
        offset = try fields.number("offset")
        time = try fields.number("time")
        id = fields.optionalText("id")
        key = fields.optionalText("key")
        process = fields.optionalText("process")
        cause = fields.optionalText("cause")
        headers = Headers(fields.texts("headers"))
        body = try fields.bytes("body")
        rawJSON = fields.rawJSON
    }
}
