// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a field of a request is in a line of the protocol.
enum WireValue: Equatable {
    /// An option that is a word alone.
    case word
    /// Bytes, without escapes.
    case value([UInt8])

    /// The text as bytes.
    init(_ text: String) { self = .value(Array(text.utf8)) }

    /// The bytes; nil for a word.
    var bytes: [UInt8]? { if case .value(let bytes) = self { bytes } else { nil } }
}
