// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a broker told, read into a type, and as it came.
///
/// Members that this version does not know are in `rawJSON` alone.
public protocol AdministrationResult: Sendable, Hashable {
    /// The JSON of the broker.
    var rawJSON: [UInt8] { get }
}

extension Array where Element: AdministrationResult {
    /// The list in JSON, each element as the broker told it.
    public var rawJSON: [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        for (index, element) in enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += element.rawJSON
        }
        return bytes + [UInt8(ascii: "]")]
    }
}
