// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

/// What a message says, in a line.
struct LineRecord: Codable, Equatable {
    var id: LineBytes?
    var key: LineBytes?
    var process: LineBytes?
    var cause: LineBytes?
    var headers: LineBytes?
    var expires: UInt64?
    var late: UInt32?
    var body: LineBytes

    /// Reads a record; nil when it is none.
    init?(_ record: UnsafeRawBufferPointer) {
        guard let fields = StoredMessage.fields(of: record) else { return nil }
        id = LineBytes(unlessEmpty: fields.id)
        key = LineBytes(unlessEmpty: fields.key)
        process = LineBytes(unlessEmpty: fields.process)
        cause = LineBytes(unlessEmpty: fields.cause)
        headers = LineBytes(unlessEmpty: fields.headers)
        expires = fields.expires == 0 ? nil : fields.expires
        late = fields.late == 0 ? nil : fields.late
        body = LineBytes(fields.body)
    }

    /// Appends the record to a slab.
    ///
    /// - Throws: `refused` when a field is longer than a record can hold.
    func append(to slab: inout ByteSlab) throws {
        guard [id, key, process, cause].allSatisfy({ $0.orEmpty.count <= 255 }), headers.orEmpty.count <= 65_535,
            body.bytes.count < 1 << 30
        else { throw DataError(.refused, "a field of the message is too long") }
        id.orEmpty.withUnsafeBytes { id in
            key.orEmpty.withUnsafeBytes { key in
                process.orEmpty.withUnsafeBytes { process in
                    cause.orEmpty.withUnsafeBytes { cause in
                        headers.orEmpty.withUnsafeBytes { headers in
                            body.bytes.withUnsafeBytes { body in
                                var fields = MessageFields()
                                (fields.id, fields.key, fields.process, fields.cause) = (id, key, process, cause)
                                (fields.headers, fields.body) = (headers, body)
                                (fields.expires, fields.late) = (expires ?? 0, late ?? 0)
                                StoredMessage.append(fields, to: &slab)
                            }
                        }
                    }
                }
            }
        }
    }

    /// The record itself.
    func bytes() throws -> [UInt8] {
        var slab = ByteSlab(capacity: 1_024)
        try append(to: &slab)
        return Array(slab.bytes)
    }
}
