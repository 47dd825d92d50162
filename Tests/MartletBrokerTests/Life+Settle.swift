// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// Deliveries end in a random life, in time or too late.
extension Life {
    mutating func settle() throws -> String? {
        guard let consumer = pickConsumer() else { return nil }
        let request = drawSettle(of: consumer)
        let expected = model.settle(request, on: consumer.connection)
        if request.verb == .ack, request.tags.count == 1 {
            let range = request.tags[0]
            try harness.send(consumer.connection) {
                $0.ack(consumer: consumer.number, first: range.lowerBound, last: range.upperBound)
            }
        } else {
            try harness.send(consumer.connection, .settle(request))
        }
        let heard = harness.heard(consumer.connection)
        return heard == [expected] ? nil : "\(request) was answered \(heard), not \(expected)"
    }

    mutating func drawSettle(of consumer: ReferenceModel.Consumer) -> Settle {
        let verb = pick([Settle.Verb.ack, .ack, .ack, .nack, .release, .reject]) ?? .ack
        let canWait = verb == .nack || verb == .release
        let delay = canWait && isOne(in: 2) ? Int.random(in: 0...2_000, using: &random) : nil
        return Settle(verb: verb, consumer: consumer.number, tags: drawTags(of: consumer), delay: delay)
    }

    /// Some tags of a consumer: mostly of deliveries that it holds, sometimes of any that were, or never were.
    ///
    /// Where a command may be cut, tags that were never given would be while it waits.
    mutating func drawTags(of consumer: ReferenceModel.Consumer) -> [ClosedRange<UInt64>] {
        var first = pick(model.tags(of: consumer)) ?? consumer.nextTag
        if isOne(in: 10) { first = UInt64.random(in: 1...consumer.nextTag, using: &random) }
        let one = first...(first + UInt64.random(in: 0...2, using: &random))
        let next = one.upperBound + UInt64.random(in: 2...4, using: &random)
        let tags = isOne(in: 8) ? [one, next...next] : [one]
        guard cutsSteps else { return tags }
        let given = tags.filter { $0.lowerBound < consumer.nextTag }.map { $0.clamped(to: 1...(consumer.nextTag - 1)) }
        return given.isEmpty ? [Self.neverGiven...Self.neverGiven] : given
    }

    static let neverGiven: UInt64 = 1_000_000

    mutating func touch() throws -> String? {
        guard let consumer = pickConsumer() else { return nil }
        let request = drawTouch(of: consumer)
        let expected = model.touch(request, on: consumer.connection)
        return try send(consumer.connection, .touch(request), expecting: expected)
    }

    mutating func drawTouch(of consumer: ReferenceModel.Consumer) -> Touch {
        Touch(
            consumer: consumer.number, tags: Array(drawTags(of: consumer).prefix(1)),
            extend: isOne(in: 3) ? nil : Int.random(in: 1_000...9_000, using: &random))
    }
}
