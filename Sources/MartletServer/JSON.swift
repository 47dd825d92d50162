// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import MartletBroker
import MartletModel
import MartletProtocol

/// Writes answers for programs.
enum JSON {
    static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("plain values of numbers, text and lists can always be written")
        }
        return Array(data)
    }
}

/// A record, as `LIST` shows it.
struct RecordJSON: Encodable {
    private let key: String?
    private let keyBase64: Data?
    private let version: UInt64
    private let time: UInt64
    private let length: Int
    private let expires: UInt64?

    init(_ record: RecordInfo) {
        key = String(validating: record.key, as: UTF8.self)
        keyBase64 = key == nil ? Data(record.key) : nil
        version = record.version
        time = record.time
        length = record.length
        expires = record.expires
    }
}

/// A message that was looked at, as `PEEK` shows it.
struct PeekedJSON: Encodable {
    private let offset: UInt64
    private let time: UInt64
    private let id: String?
    private let key: String?
    private let process: String?
    private let cause: String?
    private let headers: [String: String]
    private let body: String?
    private let bodyBase64: Data?

    init(_ message: PeekedMessage) {
        offset = message.offset
        time = message.time
        let fields = message.fields ?? MessageFields()
        id = Self.text(fields.id)
        key = Self.text(fields.key)
        process = Self.text(fields.process)
        cause = Self.text(fields.cause)
        headers = Dictionary(HeaderBlock.pairs(in: fields.headers).map { ($0.name, $0.value) }) { first, _ in first }
        body = String(validating: fields.body, as: UTF8.self)
        bodyBase64 = body == nil ? Data(fields.body) : nil
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String? {
        bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
