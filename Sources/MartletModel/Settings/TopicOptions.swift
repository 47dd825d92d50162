// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The settings of a topic that a client or a pattern of the configuration named; what is nil has its default.
package struct TopicOptions: Equatable, Sendable {
    /// How long messages are kept.
    package var retention: Retention?
    /// What the limits do with messages that are not settled.
    package var unsettled: Unsettled?
    /// The age at which messages may be dropped, in milliseconds.
    package var maxAge: Int?
    /// Bytes of messages that are kept.
    package var maxBytes: UInt64?
    /// Messages that are kept.
    package var maxMessages: UInt64?
    /// How long ids are remembered, in milliseconds; 0 is not at all.
    package var dedupWindow: Int?

    /// Makes options that name nothing.
    package init() {}

    /// Whether a retention or a limit is named: then there are no other limits than those.
    package var namesLimits: Bool { retention != nil || maxAge != nil || maxBytes != nil || maxMessages != nil }

    /// The settings of a topic that exists, of which some are named.
    package func settings(altering settings: TopicSettings) -> TopicSettings {
        var settings = settings
        if let retention { settings.retention = retention }
        if let unsettled { settings.unsettled = unsettled }
        if let maxAge { settings.maxAge = UInt64(maxAge) }
        if let maxBytes { settings.maxBytes = maxBytes }
        if let maxMessages { settings.maxMessages = maxMessages }
        if let dedupWindow { settings.dedupWindow = UInt64(dedupWindow) }
        return settings
    }

    /// The settings, given those that hold where nothing is named.
    package func settings(over defaults: TopicSettings) -> TopicSettings {
        var settings = defaults
        if namesLimits {
            settings.retention = retention ?? .limits
            settings.maxAge = UInt64(maxAge ?? 0)
            settings.maxBytes = maxBytes ?? 0
            settings.maxMessages = maxMessages ?? 0
        }
        if let unsettled { settings.unsettled = unsettled }
        if let dedupWindow { settings.dedupWindow = UInt64(dedupWindow) }
        return settings
    }
}
