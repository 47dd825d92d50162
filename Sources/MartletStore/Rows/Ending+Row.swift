// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

extension Ending {
    /// Bytes of text that a row keeps of each field, so that it stays within one page.
    private static let textBytes = 1_024

    var encoded: [UInt8] {
        var row = RowWriter()
        row.byte(kind.rawValue)
        for value in [first, time, copyTopic, copyOffset] { row.number(value) }
        for text in [reason, by, note] { row.text(String(decoding: text.utf8.prefix(Self.textBytes), as: UTF8.self)) }
        return row.bytes
    }

    init(last: UInt64, _ value: UnsafeRawBufferPointer) throws(StoreError) {
        var row = RowReader(value)
        guard let kind = Kind(rawValue: try row.byte()) else {
            throw StoreError(.damaged, "a row of endings has an unknown kind")
        }
        self.init(kind, first: try row.number(), last: last, time: try row.number())
        copyTopic = try row.number()
        copyOffset = try row.number()
        reason = try row.text()
        by = try row.text()
        note = try row.text()
    }
}
