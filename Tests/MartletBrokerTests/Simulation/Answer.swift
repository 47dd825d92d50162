// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

/// What a reply says, as far as clients and promises care.
enum Answer {
    case accepted(UInt64)
    case duplicate(UInt64)
    case queued
    case done(UInt64, lost: [ClosedRange<UInt64>])
    case touched(lost: [ClosedRange<UInt64>])
    case ok
    case welcome(String)
    case subscribed
    case resumed([UInt64])
    case committed([UInt64])
    case outcome(String)
    case record(version: UInt64, value: String)
    case none
    case refused(Refusal)
    case other

    init(_ reply: Reply) {
        self =
            switch reply {
            case .refused(let refusal), .closing(let refusal): .refused(refusal)
            case .subscribed: .subscribed
            case .resumed(let tags, _): .resumed(tags)
            case .welcome(let session): .welcome(session)
            case .committed(_, let offsets, _): .committed(offsets)
            case .outcome(let word): .outcome(word)
            case .record(let version, _, _, let value):
                .record(version: version, value: String(decoding: value, as: UTF8.self))
            case .none: .none
            case .settled(let count, let lost): .done(count, lost: lost)
            case .touched(_, _, let lost): .touched(lost: lost)
            case .goodbye: .ok
            default: .other
            }
    }
}

/// What the broker says to one connection, in order.
enum Saying {
    case answer(Request, Answer)
    case delivery(Got)
    case lost(consumer: UInt64, tags: [UInt64])
    case gone(consumer: UInt64)
    /// The session went elsewhere, or the broker stops: the connection ends.
    case end
}
