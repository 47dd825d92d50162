// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// Settings for the topics whose names match.
package struct TopicPattern: Sendable {
    /// A topic's name, or `prefix.*`.
    package var pattern: String
    /// The settings that it names.
    package var options: TopicOptions

    /// Makes a pattern.
    package init(pattern: String, options: TopicOptions) {
        self.pattern = pattern
        self.options = options
    }

    /// Whether a topic's name matches.
    package func matches(_ name: String) -> Bool {
        pattern.hasSuffix(".*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
    }
}
