// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

extension JSONValue {
    /// A member as text; what is not UTF-8 is shown as the base64 that the broker sends.
    ///
    /// - Returns: nil when it is missing or empty.
    func text(_ name: String) -> String? {
        if let text = self[name]?.string { return text.isEmpty ? nil : text }
        return self[name + "Base64"]?.string.map { "base64:\($0)" }
    }

    /// A member that is a whole number; 0 when it is missing.
    func count(_ name: String) -> Int { self[name]?.integer ?? 0 }
}
