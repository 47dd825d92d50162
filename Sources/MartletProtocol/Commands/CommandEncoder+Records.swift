// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import NIOCore

// The commands of records and receipts.
extension CommandEncoder {
    static func write(_ record: SetRecord, _ buffer: inout ByteBuffer) {
        write("SET", record.space, record.key, &buffer)
        buffer.writePart(record.value.count)
        write(record.expected, &buffer)
        buffer.writeOption(" ttl=", duration: record.lifetime)
    }

    static func write(_ expected: RecordVersion, _ buffer: inout ByteBuffer) {
        switch expected {
        case .any: buffer.writeStaticString(" version=any")
        case .exactly(let version): buffer.writeOption(" version=", number: version)
        }
    }

    static func write(_ list: ListRecords, _ buffer: inout ByteBuffer) {
        write("LIST", list.space, &buffer)
        buffer.writeOption(" limit=", number: list.limit)
        if !list.prefix.isEmpty { buffer.writeOption(" prefix=", bytes: list.prefix) }
        if !list.after.isEmpty { buffer.writeOption(" after=", bytes: list.after) }
    }

    static func write(_ receipt: WriteReceipt, _ buffer: inout ByteBuffer) {
        buffer.writeStaticString("RECEIPT")
        buffer.writePart(receipt.consumer)
        buffer.writePart(receipt.key)
        buffer.writePart(receipt.outcome)
        // What is left out has the default of the broker, which the parser fills in.
        if receipt.lifetime != Limits.defaultReceipt { buffer.writeOption(" keep=", duration: receipt.lifetime) }
    }
}
