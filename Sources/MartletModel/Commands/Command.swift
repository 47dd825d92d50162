// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// A command of a client, read and checked.
///
/// `HELLO` and `PONG` are the connection's own business; publishes and plain acks have forms of their own on the data
/// path.
package enum Command: Equatable, Sendable {
    /// `SUB`
    case subscribe(Subscribe)
    /// `ACK`, `NACK`, `RELEASE`, `REJECT`
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
    /// `INFO` in all its forms
    case info(InfoSubject)
    /// `PEEK`
    case peek(topic: String, offset: UInt64, limit: Int)
    /// `PURGE`
    case purge(topic: String, before: UInt64?)
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
