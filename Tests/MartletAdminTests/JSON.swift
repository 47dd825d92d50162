// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A value of JSON, to look into.
struct JSON: Equatable, @unchecked Sendable {
    // SAFETY: a value of JSONSerialization that nobody changes.
    private let value: NSObject

    init?(_ data: Data) {
        guard let value = try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed) as? NSObject else {
            return nil
        }
        self.value = value
    }

    private init?(_ value: Any?) {
        guard let value = value as? NSObject else { return nil }
        self.value = value
    }

    subscript(name: String) -> JSON? { JSON((value as? [String: Any])?[name]) }
    subscript(index: Int) -> JSON? { list.flatMap { $0.indices.contains(index) ? $0[index] : nil } }

    /// The elements, if it is a list.
    var list: [JSON]? { (value as? [Any])?.compactMap { JSON($0) } }
    /// The members, if it is an object.
    var members: [String: JSON]? { (value as? [String: Any])?.compactMapValues { JSON($0) } }
    /// The text, if it is one.
    var string: String? { value as? String }
    /// The number, if it is a whole one.
    var number: Int? { isFlag ? nil : value as? Int }
    /// Whether it is true or false.
    var isFlag: Bool { CFBoolean.isOne(value) }
    /// Whether it is true.
    var isTrue: Bool { isFlag && value as? Bool == true }
}

/// Tells `true` from 1, which Foundation mixes.
private enum CFBoolean {
    static func isOne(_ value: NSObject) -> Bool {
        (value as? NSNumber).map { String(cString: $0.objCType) == "c" || String(cString: $0.objCType) == "B" } ?? false
    }
}
