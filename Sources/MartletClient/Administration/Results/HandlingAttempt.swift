// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How one delivery of a message ended.
public struct HandlingAttempt: Sendable, Hashable {
    /// When it ended, in Unix milliseconds.
    public var time: UInt64
    /// The consumer, `<client>/<number>`.
    public var consumer: String
    /// How it ended, in the broker's word.
    public var outcome: String
    /// The code of the error, or nil.
    public var code: String?
    /// How long the consumer held it.
    public var duration: Duration

    init(_ fields: ResultFields) {
        time = fields.optionalNumber("time") ?? 0
        consumer = fields.optionalText("consumer") ?? ""
        outcome = fields.optionalText("outcome") ?? ""
        code = fields.filledText("code")
        duration = .milliseconds(fields.optionalCount("ms") ?? 0)
    }
}
