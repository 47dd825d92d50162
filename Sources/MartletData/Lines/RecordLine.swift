// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Something that stands in a line beside what a message says.
protocol RecordLine: Codable {
    associatedtype Head: Codable
    var head: Head { get }
    var record: LineRecord { get }
    init(head: Head, record: LineRecord)
}

extension RecordLine {
    init(from decoder: any Decoder) throws {
        self.init(head: try Head(from: decoder), record: try LineRecord(from: decoder))
    }

    func encode(to encoder: any Encoder) throws {
        try head.encode(to: encoder)
        try record.encode(to: encoder)
    }
}
