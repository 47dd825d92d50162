// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletStore

/// A mistake that is planted into an otherwise sound broker, its store or its clock, to show that it would be found.
///
/// None of them needs a hook in the core: they lie in what drives it and in what it is given.
enum SimulatedBug: CaseIterable {
    /// What has become due is looked at before what came in earlier: a stall is charged to consumers (F1).
    case timersBeforeInputs
    /// Tags begin anew with each consumer of a number, so that an old one settles another's message (F2).
    case tagsBeginAnew
    /// Times of a log fall after a start with a wrong clock, and age is judged by the last pack (R-H1).
    case timeOfLogForgotten
    /// A step that changes nothing confirms the commit before it without a flush (R-H2).
    case emptyStepConfirms
    /// A settle of many messages makes one step, however much it writes (R-H4).
    case stepWithoutBound
    /// Replies leave before the commit that they confirm.
    case confirmedBeforeCommit
    /// A flush returns without having flushed.
    case flushIsSkipped
    /// A crash within a commit leaves half of it.
    case tornCommit
    /// Acks above the floor are not written.
    case acksForgotten
    /// Ids are not written.
    case idsForgotten
    /// Receipts and records are not written.
    case rowsForgotten
    /// The end of a connection is not told to the core.
    case disconnectLost
    /// The core's clock runs fast: leases end early.
    case clockIsFast
    /// A message goes to two consumers at once.
    case deliveredTwice
    /// A reply is lost on a connection that stays.
    case replyLost
    /// A full store has no room ever after.
    case fullForever
    /// A deletion of a subscription is not written.
    case deletionForgotten
    /// A deletion of a topic is not written.
    case topicDeletionForgotten
    /// How messages ended is not written: `WHY` says that dead letters were handled.
    case endingsForgotten
    /// Clients are not told that a consumer has ended.
    case endIsNotTold
    /// An ephemeral subscription goes before its time.
    case unusedEndsEarly
    /// An ephemeral subscription stays forever.
    case unusedNeverEnds
    /// What waits for its time does so by the clock of the wall over a start, wherever that is.
    case waitFollowsWallClock

    /// Whether the store does not keep what an operation says.
    func forgets(_ operation: StoreOperation) -> Bool {
        switch (self, operation) {
        case (.acksForgotten, .putChunk), (.idsForgotten, .rememberIDs), (.rowsForgotten, .putRow),
            (.deletionForgotten, .removeSubscription), (.topicDeletionForgotten, .removeTopic),
            (.endingsForgotten, .putEnding):
            true
        default: false
        }
    }
}
