// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

/// What a dead letter says of the message that it is a copy of.
struct DeadLetterReader {
    private let fields: MessageFields

    /// Reads the fields of a message of dead letters, which have to stay valid.
    init(_ fields: MessageFields) {
        self.fields = fields
    }

    private func bytes(_ name: String) -> UnsafeRawBufferPointer? {
        HeaderBlock.value(of: "Martlet-Dead-\(name)", in: fields.headers)
    }

    /// A header as text, empty when it is not there.
    func text(_ name: String) -> String { bytes(name).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// A header as a number, 0 when it is none.
    func number(_ name: String) -> UInt64 { UInt64(text(name)) ?? 0 }

    /// Whether a redrive means it.
    func isMeant(by filter: Redrive.Filter) -> Bool {
        let at = number("At")
        guard at >= filter.since ?? 0, at < filter.until ?? .max else { return false }
        guard filter.reason == nil || filter.reason == text("Reason") else { return false }
        guard filter.code == nil || filter.code == text("Code") else { return false }
        if let id = filter.id, !fields.id.elementsEqual(id) { return false }
        if let key = filter.key, !fields.key.elementsEqual(key) { return false }
        return true
    }

    /// The headers as they were before the broker added its own.
    var ownHeaders: [UInt8] {
        var kept: [UInt8] = []
        for line in fields.headers.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
        where !line.starts(with: "Martlet-Dead-".utf8) {
            kept += line
            kept.append(UInt8(ascii: "\n"))
        }
        return kept
    }

    /// What is known about the message, to be delivered again.
    func row(offset: UInt64) -> Deferred {
        var row = Deferred(
            offset: offset, failures: 0, deliveries: number("Deliveries"), due: 0,
            firstDelivered: number("First-Delivered-At"), note: text("Note"), attempts: [])
        row.redrives = number("Redrives") + 1
        (row.isTimeless, row.isReopened) = (true, true)
        row.attempts = bytes("Attempts").map(AttemptList.read) ?? []
        return row
    }
}
