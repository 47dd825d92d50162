// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel

/// A reply or push that is not on the data path.
package enum Reply: Sendable {
    /// The command is not done.
    case refused(Refusal)
    /// `OK lease=<duration>`, `OK created lease=<duration>`
    case subscribed(isNew: Bool, lease: Int)
    /// `OK resumed lease=<duration>` with the tags that are still leased.
    case resumed(tags: [UInt64], lease: Int)
    /// The answer to a `HELLO` that asked for a session: the one that it got.
    case welcome(session: String)
    /// The session went to another connection, and this one is closed.
    case replaced
    /// `OK <n>` of a transaction, with the offsets of its publishes and the indexes of those that were repeats.
    case committed(count: Int, offsets: [UInt64], duplicates: [Int])
    /// `OK committed`, `OK aborted` or `OK unknown`
    case outcome(String)
    /// The answer to `GET`.
    case record(version: UInt64, time: UInt64, expires: UInt64?, value: [UInt8])
    /// `NIL`
    case none
    /// The answer to `LIST`.
    case records(WrittenList<RecordInfo>)
    /// `OK <n>` with tags that had no lease.
    case settled(UInt64, lost: [ClosedRange<UInt64>])
    /// `OK <n> until=<ms>` with tags that had no lease.
    case touched(UInt64, until: UInt64, lost: [ClosedRange<UInt64>])
    /// `OK 0 due=<ms>`: a message that becomes visible at a time.
    case scheduled(due: UInt64)
    /// `DUP 0 due=<ms>`: a repeat of a publish that is scheduled.
    case scheduledBefore(due: UInt64)
    /// `OK met=<offset>`: an expectation that is met already.
    case met(UInt64)
    /// `DATA` with a JSON value that is written already.
    case json([UInt8])
    /// `LOST`: leases that are gone.
    case lost(consumer: UInt64, tags: [UInt64], reason: String)
    /// `GONE`: a consumer was detached by another client or by the broker; its number is free.
    case gone(consumer: UInt64, reason: String)
    /// `BYE reason=shutdown`
    case stopping
    /// The reply to `BYE`, after which the connection is closed.
    case goodbye
    /// A frame whose end is in doubt, after which the connection is closed.
    case closing(Refusal)
    /// The answer to `INFO`.
    case broker(BrokerInfo)
    /// The answer to `INFO topic`.
    case topic(TopicInfo)
    /// The answer to `INFO subscription`.
    case subscription(SubscriptionInfo)
    /// The answer to `INFO leases`.
    case leases([LeaseInfo])
    /// The answer to `INFO survey`.
    case survey(Survey)
    /// The answer to `PEEK`.
    case messages(WrittenList<PeekedMessage>)
}

extension Reply {
    /// Its form in JSON, for those that have one.
    package var json: [UInt8]? {
        switch self {
        case .json(let bytes): bytes
        case .records(let records): records.json
        case .messages(let messages): messages.json
        case .broker(let info): info.json
        case .topic(let topic): topic.json
        case .subscription(let subscription): subscription.json
        case .leases(let leases): leases.json
        case .survey(let survey): survey.json
        default: nil
        }
    }
}
