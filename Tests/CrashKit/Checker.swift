// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What can be wrong with what the clients of a broker saw.
enum Verdict: String, Sendable {
    /// Confirmed or seen, then never delivered or never settled, and not in the queue either.
    case lost
    /// Delivered after its settlement was confirmed.
    case resurrected
    /// Never sent, refused, damaged, or not where it was confirmed to be.
    case unexpected
    /// Delivered more often than disconnects, restarts and returns explain.
    case duplicated
    /// Handed out against the order of the commits.
    case reordered
    /// The broker's own counters tell another story.
    case miscounted
}

/// Holds what clients saw against what a broker promises (fed with histories, by every test of this target).
struct Checker {
    /// What the checker has to know beforehand.
    struct Setting: Sendable {
        /// The subscriptions that were made before the first message was published, and that are drained at the end.
        var subscriptions: [SubscriptionName]
        /// Those that never have more than one consumer at a time.
        var exclusive: Set<SubscriptionName> = []
        /// The failures after which a message is dead.
        var maxFailures = 5
    }

    /// One thing that is wrong.
    struct Finding: Equatable, Sendable, CustomStringConvertible {
        var verdict: Verdict
        var text: String

        var description: String { "\(verdict): \(text)" }
    }

    /// What is known of a published message.
    struct Publish {
        var topic: String
        var confirmed: Int?
        var isRefused = false
        var hasAppeared = false
    }

    /// What is known of a message on one subscription.
    struct Progress {
        var last: Observation
        /// What was sent about the last delivery.
        var answer: Settlement?
        /// Whether an ack or a reject was ever sent.
        var isGivenUp = false
        /// Whether it was confirmed that the message is settled.
        var isSettled = false
        var isRejected = false
        var failures = 0
        var confirmedFailures = 0
    }

    let setting: Setting
    var findings: [Finding] = []
    /// Publishes whose outcome was unknown and that did appear, which is legal.
    var recovered: [MessageIdentity] = []
    var redeliveries = 0
    var confirmedPublishes = 0
    var publishes: [MessageIdentity: Publish] = [:]
    var progress: [SubscriptionName: [MessageIdentity: Progress]] = [:]
    /// What stands at the offsets of a topic.
    var places: [String: [Int: MessageIdentity]] = [:]
    var counted: [String: (messages: Int, next: Int)] = [:]
    var countedDead: [SubscriptionName: Int] = [:]
    /// Which subscription's dead letters a topic holds.
    let origins: [String: SubscriptionName]
    private var ended: Set<Int> = []
    private var highestFirst: [Int: [SubscriptionName: Int]] = [:]
    private var highestUnseen: [SubscriptionName: Int] = [:]

    private init(_ setting: Setting) {
        self.setting = setting
        origins = Dictionary(uniqueKeysWithValues: setting.subscriptions.map { ($0.deadLetters, $0) })
    }

    /// Judges a history that ends with drained subscriptions.
    static func check(_ events: [Event], _ setting: Setting) -> Checker {
        var checker = Checker(setting)
        for event in events { checker.take(event) }
        checker.end()
        return checker
    }

    mutating func find(_ verdict: Verdict, _ text: String) {
        findings.append(Finding(verdict: verdict, text: text))
    }

    private mutating func take(_ event: Event) {
        switch event {
        case .sent(let identity, let topic): publishes[identity] = Publish(topic: topic)
        case .confirmed(let identity, let offset):
            publishes[identity]?.confirmed = offset
            confirmedPublishes += 1
        case .refused(let identity): publishes[identity]?.isRefused = true
        case .delivered(let observation): take(observation)
        case .settling(let settlement, let subscription, let identity):
            progress[subscription]?[identity]?.asked(settlement)
        case .settled(let settlement, let subscription, let identity):
            progress[subscription]?[identity]?.learned(settlement, maxFailures: setting.maxFailures)
        case .ended(let connection): ended.insert(connection)
        case .counted(let topic, let messages, let next): counted[topic] = (messages, next)
        case .countedDead(let subscription, let dead): countedDead[subscription] = dead
        }
    }

    private mutating func take(_ observation: Observation) {
        let (subscription, offset) = (observation.subscription, observation.offset)
        guard let identity = observation.identity else {
            return find(.unexpected, "\(subscription) got a damaged body at offset \(offset)")
        }
        if origins[subscription.topic] == nil { appeared(identity, observation) }
        let known = places[subscription.topic, default: [:]].updateValue(identity, forKey: offset)
        if let known, known != identity {
            find(.unexpected, "\(subscription) got \(identity) at offset \(offset), where \(known) stood before")
        }
        checkOrder(observation)
        guard let before = progress[subscription]?[identity] else {
            progress[subscription, default: [:]][identity] = Progress(last: observation)
            return checkUnseen(observation)
        }
        redeliveries += 1
        checkAgain(identity, observation, before)
        progress[subscription]?[identity]?.last = observation
        progress[subscription]?[identity]?.answer = nil
    }

    private mutating func appeared(_ identity: MessageIdentity, _ observation: Observation) {
        guard let publish = publishes[identity] else {
            return find(.unexpected, "\(observation.subscription) got \(identity), which nobody sent")
        }
        publishes[identity]?.hasAppeared = true
        if publish.topic != observation.subscription.topic {
            find(.unexpected, "\(observation.subscription) got \(identity), which was sent to \(publish.topic)")
        }
        if publish.isRefused {
            find(.unexpected, "\(observation.subscription) got \(identity), which was refused")
        }
    }

    /// A message comes again: something must have given it back.
    private mutating func checkAgain(_ identity: MessageIdentity, _ now: Observation, _ before: Progress) {
        let what = "\(now.subscription) got \(identity) at offset \(now.offset) again"
        if now.offset != before.last.offset {
            find(.duplicated, "\(what): it stands at offset \(before.last.offset) too")
        } else if before.isSettled {
            find(.resurrected, "\(what), in life \(now.epoch) of the broker, after it was confirmed as settled")
        } else if before.last.epoch == now.epoch, !ended.contains(before.last.connection),
            before.answer != .nack, before.answer != .release
        {
            find(.duplicated, "\(what), although it was not given back")
        }
    }

    /// What a connection gets for the first time comes in the order of the offsets.
    private mutating func checkOrder(_ now: Observation) {
        guard now.attempt == 1 else { return }
        let highest = highestFirst[now.connection]?[now.subscription] ?? 0
        if now.offset <= highest {
            find(.reordered, "\(now.subscription) got offset \(now.offset) for the first time after \(highest)")
        }
        highestFirst[now.connection, default: [:]][now.subscription] = max(highest, now.offset)
    }

    /// What a lone consumer has never seen comes in the order of the offsets, restarts or not.
    private mutating func checkUnseen(_ now: Observation) {
        guard setting.exclusive.contains(now.subscription) else { return }
        let highest = highestUnseen[now.subscription] ?? 0
        if now.offset < highest {
            find(.reordered, "\(now.subscription) never saw offset \(now.offset) before \(highest)")
        }
        highestUnseen[now.subscription] = max(highest, now.offset)
    }
}

extension Checker.Progress {
    mutating func asked(_ settlement: Settlement) {
        answer = settlement
        switch settlement {
        case .ack, .reject: isGivenUp = true
        case .nack: failures += 1
        case .release: break
        }
    }

    mutating func learned(_ settlement: Settlement, maxFailures: Int) {
        switch settlement {
        case .ack: isSettled = true
        case .reject:
            isSettled = true
            isRejected = true
        case .nack:
            confirmedFailures += 1
            if confirmedFailures >= maxFailures { isSettled = true }
        case .release: break
        }
    }
}
