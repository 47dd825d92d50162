// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// Draws the steps of a life from a seed.
struct AccountPlan {
    private var random: SeededRandom
    private let features: Set<AccountFeature>
    let setup: AccountSetup
    private(set) var steps: [AccountStep] = []

    init(seed: UInt64, count: Int, _ features: Set<AccountFeature> = AccountFeature.built) {
        random = SeededRandom(seed: seed)
        self.features = features
        setup = AccountSetup(using: &random, features)
        while steps.count < count { steps.append(draw()) }
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    private mutating func isOne(in count: Int) -> Bool { number(1...count) == 1 }
    private mutating func choice() -> Int { number(0...999) }

    private mutating func draw() -> AccountStep {
        switch number(0...30) {
        case 0...4: return .publish(topic: choice(), key: number(0...3), kind: number(0...1), ttl: ttl())
        case 5, 6: return later()
        case 7, 8: return .subscribe(account: choice(), window: number(1...3))
        case 9: return consumer()
        case 10...16: return settle()
        case 17: return .touch(lease: choice(), extend: isOne(in: 2) ? nil : number(1...9) * 1_000)
        case 18...20: return .pass([1, 400, 1_000, 2_500, 7_000][number(0...4)])
        case 21: return isOne(in: 3) ? .restart(after: isOne(in: 2) ? 0 : number(1...4) * 1_000) : .pass(100)
        case 22, 23: return person()
        case 24, 25: return move()
        case 26: return isOne(in: 2) ? .create(topic: choice(), at: position()) : alter()
        case 27: return .redrive(account: choice(), limit: isOne(in: 2) ? nil : number(1...2)).or(self, .redrive)
        case 29:
            let verb: Settle.Verb = isOne(in: 3) ? [.nack, .reject, .release][number(0...2)] : .ack
            return .transact(lease: choice(), verb, topic: choice(), key: number(0...3), isLost: isOne(in: 4))
        case 28: return isOne(in: 4) ? .purge(topic: choice(), before: isOne(in: 2) ? nil : choice()) : move()
        default: return expectation()
        }
    }

    private mutating func ttl() -> Int? {
        features.contains(.ttl) && isOne(in: 4) ? [1, 1_000, 2_000, 3_500, 6_000][number(0...4)] : nil
    }

    private mutating func position() -> AccountPosition {
        switch number(0...4) {
        case 0, 1: .earliest
        case 2: .new
        case 3: .offset(choice())
        default: .ago(number(0...10) * 1_000)
        }
    }

    private mutating func later() -> AccountStep {
        let step: AccountStep
        switch number(0...5) {
        case 0: step = .cancel(message: choice())
        case 1: step = .reschedule(message: choice(), delay: number(0...4) * 1_000)
        default:
            step = .schedule(
                topic: choice(), key: number(0...3), kind: number(0...1), ttl: ttl(), delay: number(0...6) * 500,
                isAbsolute: isOne(in: 3))
        }
        return step.or(self, .schedule)
    }

    private mutating func consumer() -> AccountStep {
        switch number(0...3) {
        case 0: .window(consumer: choice(), number(0...3))
        case 1: .unsubscribe(consumer: choice())
        default: .disconnect(consumer: choice())
        }
    }

    private mutating func settle() -> AccountStep {
        let verbs: [Settle.Verb] = [.ack, .ack, .ack, .nack, .nack, .release, .reject, .park]
        var verb = verbs[number(0...verbs.count - 1)]
        if verb == .park, !features.contains(.park) { verb = .nack }
        let canWait = verb == .nack || verb == .release
        let delay = canWait && isOne(in: 2) ? number(verb == .nack ? 0...4 : 1...4) * 500 : nil
        return .settle(verb, lease: choice(), delay: delay, hasCode: isOne(in: 2))
    }

    private mutating func person() -> AccountStep {
        let decisions: [Resolve.Decision] = [.retry, .retry, .ack, .reject]
        return AccountStep.resolve(account: choice(), message: choice(), decisions[number(0...3)]).or(self, .park)
    }

    private mutating func move() -> AccountStep {
        switch number(0...4) {
        case 0, 1:
            AccountStep.pause(account: choice(), duration: isOne(in: 2) ? nil : number(1...4) * 1_000).or(self, .pause)
        case 2, 3: AccountStep.resume(account: choice()).or(self, .pause)
        default: AccountStep.seek(account: choice(), to: position()).or(self, .seek)
        }
    }

    private mutating func alter() -> AccountStep {
        AccountStep.alter(account: choice(), choice: choice()).or(self, .alter)
    }

    private mutating func expectation() -> AccountStep {
        let step: AccountStep =
            isOne(in: 4)
            ? .unexpect(process: number(0...2), topic: choice())
            : .expect(process: number(0...2), topic: choice(), within: number(1...6) * 500)
        return step.or(self, .expect)
    }

    fileprivate func has(_ feature: AccountFeature) -> Bool { features.contains(feature) }
}

extension AccountStep {
    /// This step if the broker has what it needs, else some time.
    fileprivate func or(_ plan: AccountPlan, _ feature: AccountFeature) -> AccountStep {
        plan.has(feature) ? self : .pass(50)
    }
}
