// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Settings that are one of a few words.
enum SettingWord {
    /// Reads the value of an option, which is one of the cases of an enumeration.
    static func parse<Setting: CaseIterable>(_ name: String, _ text: String?) throws -> Setting? {
        guard let text else { return nil }
        guard let setting = Setting.allCases.first(where: { "\($0)" == text }) else {
            let words = Setting.allCases.map { "\($0)" }
            throw ValidationError(
                "\(name) '\(text)': expected \(words.dropLast().joined(separator: ", ")) or \(words.last ?? "")")
        }
        return setting
    }
}
