// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// What `LIST` says of a record.
package struct RecordInfo: Sendable {
    /// Its key.
    package var key: [UInt8]
    /// Its version.
    package var version: UInt64
    /// When it was changed.
    package var time: UInt64
    /// Bytes of its value.
    package var length: Int
    /// When it goes, if ever.
    package var expires: UInt64?
}

extension RecordInfo: JSONForm {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            if let expires { writer.member("expires", expires) }
            writer.member("key", key)
            writer.member("length", length)
            writer.member("time", time)
            writer.member("version", version)
        }
    }
}
