// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

/// Which dead letters are looked for.
struct DeadLetterQuery {
    private static let headers = ["reason": "Reason", "code": "Code", "key": "Key", "id": "Id"]

    private let wanted: [(header: String, value: [UInt8])]

    /// Takes what a request asked for, by the names of its fields; others say nothing here.
    init(_ values: [String: [UInt8]]) {
        wanted = Self.headers.compactMap { name, header in values[name].map { ("Martlet-Dead-\(header)", $0) } }
    }

    /// Whether a dead letter is one of those.
    func passes(_ message: PeekedMessage) -> Bool {
        guard let fields = message.fields else { return false }
        return wanted.allSatisfy { header, value in
            HeaderBlock.value(of: header, in: fields.headers)?.elementsEqual(value) == true
        }
    }
}
