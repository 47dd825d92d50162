// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A command of a client, read and checked.
///
/// `HELLO` and `PONG` are the connection's own business; publishes and plain acks have forms of their own on the data
/// path.
package enum Command: Equatable, Sendable {
    /// `SUB`
    case subscribe(Subscribe)
    /// `PUB` with `delay=`, `at=` or `ttl=`
    case publish(TimedPublish)
    /// `ACK`, `NACK`, `RELEASE`, `REJECT`, `PARK`
    case settle(Settle)
    /// `TOUCH`
    case touch(Touch)
    /// `WINDOW`
    case window(consumer: UInt64, window: Int)
    /// `UNSUB`
    case unsubscribe(consumer: UInt64)
    /// `CREATE topic`
    case createTopic(name: String, options: TopicOptions)
    /// `CREATE subscription`
    case createSubscription(topic: String, name: String, from: Start?, options: SubscriptionOptions)
    /// `DELETE topic`
    case deleteTopic(name: String)
    /// `DELETE subscription`
    case deleteSubscription(topic: String, name: String)
    /// `ALTER topic`
    case alterTopic(name: String, options: TopicOptions)
    /// `ALTER subscription`
    case alterSubscription(topic: String, name: String, options: SubscriptionOptions)
    /// `PAUSE`: for so many milliseconds, or until `RESUME`
    case pause(topic: String, name: String, duration: Int?)
    /// `RESUME`
    case resume(topic: String, name: String)
    /// `SEEK`
    case seek(topic: String, name: String, to: Start)
    /// `INFO` in all its forms
    case info(InfoSubject)
    /// `PEEK`
    case peek(topic: String, offset: UInt64, limit: Int)
    /// `PURGE`
    case purge(topic: String, before: UInt64?)
    /// `SCHEDULED`: what lies behind a due time, in Unix milliseconds, and a number
    case scheduled(topic: String, limit: Int, afterTime: UInt64, afterNumber: UInt64)
    /// `PARKED`: what lies behind an offset
    case parked(topic: String, name: String, limit: Int, after: UInt64)
    /// `CANCEL`
    case cancel(topic: String, id: [UInt8])
    /// `RESCHEDULE`
    case reschedule(topic: String, id: [UInt8], to: Schedule)
    /// `EXPECT`
    case expect(Expect)
    /// `UNEXPECT`
    case unexpect(process: [UInt8], topic: String, id: [UInt8])
    /// `WHY`: for one subscription, or all
    case why(topic: String, message: MessageReference, subscription: String?)
    /// `TREE`
    case tree(process: [UInt8], limit: Int)
    /// `REDRIVE`
    case redrive(Redrive)
    /// `REDRIVE .. stop`
    case stopRedrive(topic: String, name: String)
    /// `RESOLVE`
    case resolve(Resolve)
    /// `BEGIN`; a malformed one opens a transaction that has failed, so that what follows is not done outside of it
    case begin(id: [UInt8]?, refusal: Refusal?)
    /// `COMMIT`
    case commit
    /// `ABORT`
    case abort
    /// `OUTCOME`
    case outcome(id: [UInt8])
    /// `GET`
    case get(space: String, key: [UInt8])
    /// `SET`
    case set(SetRecord)
    /// `UNSET`
    case unset(space: String, key: [UInt8], expected: RecordVersion)
    /// `CHECK`, in a transaction only: the version that a record must have at the commit, 0 for none
    case check(space: String, key: [UInt8], version: UInt64)
    /// `LIST`
    case list(ListRecords)
    /// `RECEIPT`
    case receipt(WriteReceipt)
    /// `PING`
    case ping
    /// `BYE`
    case bye
}
