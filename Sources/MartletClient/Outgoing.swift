// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

/// What a client writes on lines, in the protocol's own spelling.
package enum Outgoing {
    /// A value as a field carries it.
    package static func field(_ value: String) -> String { FieldCoding.encode(value) }

    /// The block of some headers.
    ///
    /// - Throws: `badArgument` that says what is wrong with them.
    package static func headers(_ headers: [(name: String, value: String)]) throws(ClientError) -> [UInt8] {
        do {
            return try HeaderBlock.bytes(of: headers)
        } catch {
            throw ClientError(.badArgument, error.text)
        }
    }

    /// The lines that ack ascending tags of a consumer: as many as it takes for each to fit.
    package static func acks(consumer: Int, _ tags: [Int]) -> [String] {
        TagList.lists(tags.map(UInt64.init)).map { "ACK \(consumer) \($0)" }
    }
}
