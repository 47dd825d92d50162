// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The settings of a topic; 0 is no limit.
///
/// Durations are milliseconds.
package struct TopicSettings: Equatable, Sendable {
    /// How long messages are kept.
    package var retention = Retention.limits
    /// What the limits do with messages that are not settled.
    package var unsettled = Unsettled.keep
    /// The age at which messages may be dropped.
    package var maxAge: UInt64 = 0
    /// Bytes of messages that are kept.
    package var maxBytes: UInt64 = 0
    /// Messages that are kept.
    package var maxMessages: UInt64 = 0
    /// How long ids are remembered; 0 is not at all.
    package var dedupWindow = UInt64(Defaults.dedupWindow)

    /// Makes settings without limits.
    package init() {}

    /// Whether there is a limit of messages or bytes.
    package var hasLimits: Bool { maxMessages > 0 || maxBytes > 0 }

    /// Whether that much is more than the limits allow.
    package func isOver(messages: UInt64, bytes: UInt64) -> Bool {
        maxMessages > 0 && messages > maxMessages || maxBytes > 0 && bytes > maxBytes
    }
}
