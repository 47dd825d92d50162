// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// What has a form in JSON, which the wire and the administration share.
package protocol JSONForm {
    /// Writes it as one value.
    func write(to writer: inout JSONWriter)
}

extension JSONForm {
    /// It alone, as bytes.
    package var json: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }
}

extension Array where Element: JSONForm {
    /// A list of them, as bytes.
    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.list { writer in for element in self { element.write(to: &writer) } }
        return writer.bytes
    }
}
