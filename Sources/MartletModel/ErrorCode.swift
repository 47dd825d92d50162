// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What went wrong, as a word that programs act on.
package enum ErrorCode: String, Sendable, CaseIterable {
    /// The first line was not a `HELLO`.
    case helloRequired = "hello-required"
    /// No version that the client speaks is spoken here.
    case versionUnsupported = "version-unsupported"
    /// The credentials were not accepted.
    case auth
    /// The client may not do this.
    case denied
    /// The word is no command, or one that is not built yet.
    case badCommand = "bad-command"
    /// A positional field is missing or malformed.
    case badArgument = "bad-argument"
    /// An option is unknown, repeated or malformed, or there is a field too many.
    case badOption = "bad-option"
    /// A name breaks the rule for names.
    case badName = "bad-name"
    /// The headers break the rule for headers.
    case badHeader = "bad-header"
    /// A line is longer than allowed; the connection is closed.
    case lineTooLong = "line-too-long"
    /// The length of data cannot be read; the connection is closed.
    case badLength = "bad-length"
    /// Data does not end where its length says; the connection is closed.
    case badDataEnd = "bad-data-end"
    /// Data is longer than allowed; the connection is closed.
    case tooLarge = "too-large"
    /// There is no such topic.
    case unknownTopic = "unknown-topic"
    /// There is no such subscription on the topic.
    case unknownSubscription = "unknown-subscription"
    /// This connection has no consumer of that number.
    case unknownConsumer = "unknown-consumer"
    /// There is no such message.
    case unknownMessage = "unknown-message"
    /// It exists already.
    case exists
    /// It exists with other settings, or is in use.
    case conflict
    /// The id was used for another body.
    case idConflict = "id-conflict"
    /// A delivery has no lease any more.
    case leaseLost = "lease-lost"
    /// The record has another version.
    case version
    /// A new subscription needs `from=`.
    case startRequired = "start-required"
    /// A transaction failed.
    case tx
    /// A transaction was open too long.
    case timeout
    /// A limit of the broker is reached.
    case limit
    /// The store or the topic is full: retry later.
    case full
    /// The broker is busy: retry later.
    case busy
    /// The broker is stopping: reconnect.
    case shuttingDown = "shutting-down"
    /// The broker is at fault.
    case `internal`
}
