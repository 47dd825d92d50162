// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// A form that commands take, for tests that go through all of them.
enum CommandForm: String, CaseIterable, Sendable {
    // The two that have forms of their own on the data path.
    case plainPublish, plainAck
    case timedPublish, subscribe, alteringSubscribe, settle, touch, window, unsubscribe
    case createTopic, createSubscription, deleteTopic, deleteSubscription, alterTopic, alterSubscription
    case pause, resume, seek, purge, cancel, reschedule, redrive, stopRedrive, resolve
    case infoBroker, infoTopics, infoTopic, infoSubscription, infoConsumers, infoLeases, infoSurvey
    case peek, scheduled, parked, why, tree, expect, unexpect
    case begin, commit, abort, outcome, get, set, unset, check, list, receipt, ping, bye

    /// The form of a command; one that is new has to be given one, and with that a command and its needs below.
    init(_ command: Command) {
        self =
            switch command {
            case .publish: .timedPublish
            case .subscribe(let request): request.alters ? .alteringSubscribe : .subscribe
            case .settle: .settle
            case .touch: .touch
            case .window: .window
            case .unsubscribe: .unsubscribe
            case .createTopic: .createTopic
            case .createSubscription: .createSubscription
            case .deleteTopic: .deleteTopic
            case .deleteSubscription: .deleteSubscription
            case .alterTopic: .alterTopic
            case .alterSubscription: .alterSubscription
            case .pause: .pause
            case .resume: .resume
            case .seek: .seek
            case .purge: .purge
            case .cancel: .cancel
            case .reschedule: .reschedule
            case .redrive: .redrive
            case .stopRedrive: .stopRedrive
            case .resolve: .resolve
            case .info(.broker): .infoBroker
            case .info(.topics): .infoTopics
            case .info(.topic): .infoTopic
            case .info(.subscription): .infoSubscription
            case .info(.consumers): .infoConsumers
            case .info(.leases): .infoLeases
            case .info(.survey): .infoSurvey
            case .peek: .peek
            case .scheduled: .scheduled
            case .parked: .parked
            case .why: .why
            case .tree: .tree
            case .expect: .expect
            case .unexpect: .unexpect
            case .begin: .begin
            case .commit: .commit
            case .abort: .abort
            case .outcome: .outcome
            case .get: .get
            case .set: .set
            case .unset: .unset
            case .check: .check
            case .list: .list
            case .receipt: .receipt
            case .ping: .ping
            case .bye: .bye
            }
    }

    /// The rights that it needs, said a second time so that the broker's table is no judge of itself.
    var needs: Set<Right> {
        switch self {
        case .plainPublish, .timedPublish, .set, .unset: [.publish]
        case .subscribe, .infoTopic, .infoSubscription, .infoLeases, .peek, .scheduled, .parked, .why, .expect,
            .unexpect, .get, .check, .list:
            [.consume]
        case .alteringSubscribe: [.consume, .manage]
        case .createTopic, .createSubscription, .deleteTopic, .deleteSubscription, .alterTopic, .alterSubscription,
            .pause, .resume, .seek, .purge, .cancel, .reschedule, .redrive, .stopRedrive, .resolve:
            [.manage]
        case .plainAck, .settle, .touch, .window, .unsubscribe, .receipt, .infoBroker, .infoTopics, .infoConsumers,
            .infoSurvey, .tree, .begin, .commit, .abort, .outcome, .ping, .bye:
            []
        }
    }

    /// A command of the form about a topic and its subscription, or about a space of that name; nil for those of the
    /// data path.
    func command(about name: String, _ subscription: String = "billing") -> Command? {
        switch self {
        case .plainPublish, .plainAck: return nil
        case .timedPublish: return .publish(TimedPublish(topic: name, schedule: .delay(60_000)))
        case .subscribe: return .sub(1, name, subscription)
        case .alteringSubscribe:
            var request = Subscribe(consumer: 1, topic: name, subscription: subscription, from: .earliest)
            request.alters = true
            return .subscribe(request)
        case .settle: return .settle(.nack, 1...1)
        case .touch: return .touch(Touch(consumer: 1, tags: [1...1]))
        case .window: return .window(consumer: 1, window: 2)
        case .unsubscribe: return .unsubscribe(consumer: 1)
        case .receipt: return .receipt(WriteReceipt(consumer: 1, key: Array("k".utf8), outcome: "done"))
        case .expect: return .expect(Expect(process: Array("p".utf8), topic: name, within: 60_000))
        case .unexpect: return .unexpect(process: Array("p".utf8), topic: name, id: [])
        case .begin: return .begin(id: nil, refusal: nil)
        case .commit: return .commit
        case .abort: return .abort
        case .outcome: return .outcome(id: Array("t".utf8))
        case .get: return .get(space: name, key: Array("k".utf8))
        case .set: return .set(SetRecord(space: name, key: Array("k".utf8), value: [1]))
        case .unset: return .unset(space: name, key: Array("k".utf8), expected: .any)
        case .check: return .check(space: name, key: Array("k".utf8), version: 0)
        case .list: return .list(ListRecords(space: name))
        case .ping: return .ping
        case .bye: return .bye
        default: return question(about: name, subscription) ?? administration(of: name, subscription)
        }
    }

    private func question(about name: String, _ subscription: String) -> Command? {
        switch self {
        case .infoBroker: .info(.broker)
        case .infoTopics: .info(.topics)
        case .infoTopic: .info(.topic(name))
        case .infoSubscription: .info(.subscription(topic: name, name: subscription))
        case .infoConsumers: .info(.consumers)
        case .infoLeases: .info(.leases(topic: name, name: subscription, limit: 10, after: 0))
        case .infoSurvey: .info(.survey(limit: 10, after: .start))
        case .peek: .peek(topic: name, offset: 1, limit: 10)
        case .scheduled: .scheduled(topic: name, limit: 10, afterTime: 0, afterNumber: 0)
        case .parked: .parked(topic: name, name: subscription, limit: 10, after: 0)
        case .why: .why(topic: name, message: .offset(1), subscription: nil)
        case .tree: .tree(process: Array("p".utf8), limit: 10)
        default: nil
        }
    }

    private func administration(of name: String, _ subscription: String) -> Command? {
        switch self {
        case .createTopic: .createTopic(name: name, options: TopicOptions())
        case .createSubscription:
            .createSubscription(topic: name, name: "other", from: .earliest, options: SubscriptionOptions())
        case .deleteTopic: .deleteTopic(name: name)
        case .deleteSubscription: .deleteSubscription(topic: name, name: subscription)
        case .alterTopic: .alterTopic(name: name, options: TopicOptions())
        case .alterSubscription: .alterSubscription(topic: name, name: subscription, options: SubscriptionOptions())
        case .pause: .pause(topic: name, name: subscription, duration: nil)
        case .resume: .resume(topic: name, name: subscription)
        case .seek: .seek(topic: name, name: subscription, to: .earliest)
        case .purge: .purge(topic: name, before: nil)
        case .cancel: .cancel(topic: name, id: Array("i".utf8))
        case .reschedule: .reschedule(topic: name, id: Array("i".utf8), to: .delay(60_000))
        case .redrive: .redrive(Redrive(topic: name, subscription: subscription))
        case .stopRedrive: .stopRedrive(topic: name, name: subscription)
        case .resolve: .resolve(Resolve(topic: name, subscription: subscription, offset: 1, decision: .ack))
        default: nil
        }
    }
}
