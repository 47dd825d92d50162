// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

@testable import MartletProtocol

// Commands about single messages, processes and what is delivered.
extension CommandSource {
    /// A command of one of 16 kinds.
    mutating func messageCommand(_ kind: Int) -> Command {
        switch kind {
        case 0: return .publish(publish())
        case 1:
            var settle = Settle(verb: .park, consumer: number(), tags: tags())
            if coin { settle.code = text(Limits.code) }
            if coin { settle.note = text(Limits.note) }
            return .settle(settle)
        case 2: return .alterTopic(name: name(), options: topicSettings())
        case 3: return .alterSubscription(topic: readableName(), name: name(), options: settings())
        case 4:
            return .pause(topic: readableName(), name: name(), duration: coin ? milliseconds(1...Limits.duration) : nil)
        case 5: return .resume(topic: readableName(), name: name())
        case 6: return .seek(topic: readableName(), name: name(), to: start() ?? .earliest)
        case 7:
            let limit = Int.random(in: 1...Limits.listed, using: &random)
            return .scheduled(topic: readableName(), limit: limit, afterTime: number(), afterNumber: number())
        case 8:
            let limit = Int.random(in: 1...Limits.listed, using: &random)
            return .parked(topic: readableName(), name: name(), limit: limit, after: coin ? number() : 0)
        case 9: return .cancel(topic: readableName(), id: identifier())
        case 10: return .reschedule(topic: readableName(), id: identifier(), to: schedule())
        case 11: return coin ? .expect(expect()) : .unexpect(process: identifier(), topic: name(), id: optionalID())
        case 12:
            let message = coin ? MessageReference.id(identifier()) : .offset(number(1...Limits.number))
            return .why(topic: readableName(), message: message, subscription: coin ? "billing" : nil)
        case 13: return .tree(process: identifier(), limit: Int.random(in: 1...Limits.tree, using: &random))
        case 14: return coin ? .redrive(redrive()) : .stopRedrive(topic: readableName(), name: name())
        default:
            let decision = Resolve.Decision.allCases.randomElement(using: &random) ?? .ack
            return .resolve(
                Resolve(
                    topic: readableName(), subscription: name(), offset: number(1...Limits.number), decision: decision,
                    note: text(Limits.note)))
        }
    }

    private mutating func optionalID() -> [UInt8] { coin ? identifier() : [] }

    mutating func schedule() -> Schedule { coin ? .delay(milliseconds(0...Limits.schedule)) : .at(number()) }

    /// A publish that names at least one time.
    mutating func publish() -> TimedPublish {
        var publish = TimedPublish(topic: name(), schedule: coin ? schedule() : nil)
        if coin || publish.schedule == nil { publish.ttl = milliseconds(1...Limits.duration) }
        (publish.id, publish.key) = (optionalID(), optionalID())
        (publish.process, publish.cause) = (optionalID(), optionalID())
        if coin { publish.headers = Array("n: \(coin)\n".utf8) }
        publish.body = bytes(0...200)
        return publish
    }

    private mutating func expect() -> Expect {
        var expect = Expect(process: identifier(), topic: readableName(), within: milliseconds(1...Limits.duration))
        expect.id = optionalID()
        if coin { expect.lookback = milliseconds(0...Limits.duration) }
        return expect
    }

    private mutating func redrive() -> Redrive {
        var redrive = Redrive(topic: readableName(), subscription: name())
        if coin { redrive.filter.id = identifier() }
        if coin { redrive.filter.key = identifier() }
        if coin { redrive.filter.reason = Redrive.Filter.reasons.randomElement(using: &random) }
        if coin { redrive.filter.code = text(Limits.code) }
        if coin { redrive.filter.since = number() }
        if coin { redrive.filter.until = number() }
        redrive.rate = Int(UInt64.random(in: 1...Limits.count, using: &random))
        if coin { redrive.limit = UInt64.random(in: 1...Limits.count, using: &random) }
        redrive.isDryRun = coin
        return redrive
    }
}
