// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// What happens in one step of a life.
///
/// Steps are plain data that make sense in any state: a number chooses among what there is then, and a step for which
/// there is nothing is left out. So any part of a life is a life, and one that fails can be made short.
enum AccountStep: Equatable {
    case publish(topic: Int, key: Int, kind: Int, ttl: Int?)
    case schedule(topic: Int, key: Int, kind: Int, ttl: Int?, delay: Int, isAbsolute: Bool)
    case subscribe(account: Int, window: Int)
    case window(consumer: Int, Int)
    case unsubscribe(consumer: Int)
    case disconnect(consumer: Int)
    case settle(Settle.Verb, lease: Int, delay: Int?, hasCode: Bool)
    case transact(lease: Int, Settle.Verb, topic: Int, key: Int, isLost: Bool)
    case touch(lease: Int, extend: Int?)
    case resolve(account: Int, message: Int, Resolve.Decision)
    case pause(account: Int, duration: Int?)
    case resume(account: Int)
    case seek(account: Int, to: AccountPosition)
    case purge(topic: Int, before: Int?)
    case create(topic: Int, at: AccountPosition)
    case alter(account: Int, choice: Int)
    case cancel(message: Int)
    case reschedule(message: Int, delay: Int)
    case redrive(account: Int, limit: Int?)
    case expect(process: Int, topic: Int, within: Int)
    case unexpect(process: Int, topic: Int)
    case pass(Int)
    case restart(after: Int)
}
