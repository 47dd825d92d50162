// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// The fields of one message as pointers into memory that somebody else keeps; absent ones are empty.
package struct MessageFields {
    /// The id.
    package var id: UnsafeRawBufferPointer
    /// The key.
    package var key: UnsafeRawBufferPointer
    /// The process.
    package var process: UnsafeRawBufferPointer
    /// The cause.
    package var cause: UnsafeRawBufferPointer
    /// The headers.
    package var headers: UnsafeRawBufferPointer
    /// The body.
    package var body: UnsafeRawBufferPointer

    /// Makes an empty message.
    package init() {
        self.init(Record.Fields())
    }

    init(_ stored: Record.Fields) {
        id = stored.id
        key = stored.key
        process = stored.process
        cause = stored.cause
        headers = stored.headers
        body = stored.body
    }

    var stored: Record.Fields {
        var fields = Record.Fields()
        fields.id = id
        fields.key = key
        fields.process = process
        fields.cause = cause
        fields.headers = headers
        fields.body = body
        return fields
    }
}
