// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// Bytes in a line: text where they are UTF-8, else an object with `base64`.
struct LineBytes: Codable, Equatable {
    var bytes: [UInt8]

    private enum Key: String, CodingKey { case base64 }

    /// Bytes that are left out when there are none.
    init?(unlessEmpty bytes: some Collection<UInt8>) {
        guard !bytes.isEmpty else { return nil }
        self.bytes = Array(bytes)
    }

    init(_ bytes: some Collection<UInt8>) {
        self.bytes = Array(bytes)
    }

    init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            bytes = Array(text.utf8)
            return
        }
        let text = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .base64)
        guard let data = Data(base64Encoded: text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "this is not base64"))
        }
        bytes = Array(data)
    }

    func encode(to encoder: any Encoder) throws {
        if let text = String(validating: bytes, as: UTF8.self) {
            var container = encoder.singleValueContainer()
            try container.encode(text)
        } else {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(Data(bytes).base64EncodedString(), forKey: .base64)
        }
    }
}

extension LineBytes? {
    /// The bytes; none when they were left out.
    var orEmpty: [UInt8] { self?.bytes ?? [] }
}
