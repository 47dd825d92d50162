// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A record without its value, as a listing shows it.
public struct RecordSummary: Sendable, Hashable {
    /// Its key.
    public var key: String
    /// Its version.
    public var version: UInt64
    /// When it was set, in Unix milliseconds.
    public var time: UInt64
    /// When it expires, in Unix milliseconds; nil means never.
    public var expires: UInt64?
    /// How many bytes its value has.
    public var length: Int
}

extension RecordSummary {
    /// The records of a listing; those whose key is not UTF-8 are left out, since this library cannot name them.
    ///
    /// - Throws: `protocolViolation` when it is something else.
    static func list(_ json: [UInt8]) throws(ClientError) -> [RecordSummary] {
        guard let values = JSONValue(json)?.array else { throw notAListing }
        var records: [RecordSummary] = []
        for value in values where value["keyBase64"] == nil {
            guard let record = RecordSummary(value) else { throw notAListing }
            records.append(record)
        }
        return records
    }

    private static var notAListing: ClientError {
        ClientError(.protocolViolation, "LIST: expected a list of records")
    }

    private init?(_ value: JSONValue) {
        func number(_ name: String) -> UInt64? { value[name]?.integer.flatMap { UInt64(exactly: $0) } }
        guard let key = value["key"]?.string, let version = number("version"), let length = value["length"]?.integer
        else { return nil }
        self.init(key: key, version: version, time: number("time") ?? 0, expires: number("expires"), length: length)
    }
}
