// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

public import MartletClient

/// A verdict that did not come to hold in time, and what was so in the end.
public struct UnmetVerdict: Error, CustomStringConvertible {
    /// What was waited for.
    public let verdict: MessageVerdict
    /// The topic.
    public let topic: String
    /// Which message.
    public let message: MessagePlace
    /// The subscription; nil when all were meant.
    public let subscription: String?
    /// What the broker said last; empty when there was no such topic or subscription, or no broker.
    public let found: [Explanation]

    /// What was waited for, and what was there instead.
    public var description: String {
        let what = "\(topic) \(message)" + (subscription.map { " as \($0)" } ?? "")
        let found = found.map { "\($0.subscription.map { "\($0): " } ?? "")\($0.verdict) \($0.evidence)" }
        return "waited in vain for \(what): \(verdict); there was "
            + (found.isEmpty ? "no such topic or subscription" : found.joined(separator: ", "))
    }
}
