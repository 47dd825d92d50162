// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

extension Explanation {
    /// What a verdict rests on; a case for each kind.
    ///
    /// Times are Unix milliseconds; what is not known is nil.
    public enum Evidence: Sendable, Hashable {
        /// When and by whom it was handled; `resolved` says what a person decided, and `note` what they said.
        case handled(at: UInt64?, by: String?, resolved: String?, note: String?)
        /// Which consumer has it, until when, and what its handler told.
        case leased(consumer: String?, until: UInt64?, attempt: UInt64?, progress: Int?, note: String?)
        /// Why it waits, in the broker's word (`no-consumer`, `no-window`, `paused`, `look-ahead`, `not-reached`),
        /// how many come before it, and until when, if there is an end.
        case waiting(reason: String, ahead: UInt64?, until: UInt64?)
        /// Until when it waits, and what happened to it.
        case deferred(
            until: UInt64?, deliveries: UInt64?, failures: UInt64?, maxFailures: UInt64?, code: String?,
            note: String?)
        /// The key (nil where all messages go one after another), the offset of the message that holds it, and that
        /// one's verdict.
        case blocked(key: String?, by: UInt64, verdict: MessageVerdict)
        /// Why it died, when, and where the copy lies.
        case dead(reason: String, at: UInt64?, topic: String?, offset: UInt64?)
        /// Since when it waits for a person, and what its handler said.
        case parked(since: UInt64?, code: String?, note: String?, consumer: String?)
        /// When it becomes visible.
        case scheduled(due: UInt64)
        /// When it was lost, whether a client purged it, and who.
        case lostToRetention(at: UInt64?, isPurged: Bool, by: String?)
        /// When it ended, for the other verdicts and for those that this version does not know.
        case other(at: UInt64?)
    }
}

extension Explanation.Evidence {
    init(_ verdict: MessageVerdict, _ fields: ResultFields) {
        let at = fields.optionalNumber("at")
        let (code, note) = (fields.filledText("code"), fields.filledText("note"))
        switch verdict {
        case .handled:
            self = .handled(
                at: at, by: fields.filledText("by"), resolved: fields.optionalText("resolved"), note: note)
        case .leased:
            self = .leased(
                consumer: fields.filledText("consumer"), until: fields.optionalNumber("until"),
                attempt: fields.optionalNumber("attempt"), progress: fields.optionalCount("progress"), note: note)
        case .waiting:
            self = .waiting(
                reason: fields.optionalText("reason") ?? "", ahead: fields.optionalNumber("ahead"),
                until: fields.optionalNumber("until"))
        case .deferred:
            self = .deferred(
                until: fields.optionalNumber("until"), deliveries: fields.optionalNumber("deliveries"),
                failures: fields.optionalNumber("failures"), maxFailures: fields.optionalNumber("maxFailures"),
                code: code, note: note)
        case .blocked:
            self = .blocked(
                key: fields.optionalText("key"), by: fields.optionalNumber("by") ?? 0,
                verdict: MessageVerdict(rawValue: fields.optionalText("verdict") ?? ""))
        case .dead:
            self = .dead(
                reason: fields.optionalText("reason") ?? "", at: at, topic: fields.optionalText("topic"),
                offset: fields.optionalNumber("offset"))
        case .parked:
            self = .parked(
                since: fields.optionalNumber("since"), code: code, note: note,
                consumer: fields.filledText("consumer"))
        case .scheduled: self = .scheduled(due: fields.optionalNumber("due") ?? 0)
        case .lostToRetention:
            self = .lostToRetention(at: at, isPurged: fields.flag("purged") ?? false, by: fields.filledText("by"))
        default: self = .other(at: at)
        }
    }
}
