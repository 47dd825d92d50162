// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Why a message waits to be delivered; of several the first one is told.
enum WaitReason: String {
    /// The subscription is paused.
    case paused
    /// No consumer is attached.
    case noConsumer = "no-consumer"
    /// No more can be remembered of what waits behind held keys.
    case lookAhead = "look-ahead"
    /// Every consumer has as many as it can take.
    case noWindow = "no-window"
    /// Others come before it.
    case notReached = "not-reached"
    /// The topic has no subscription.
    case noSubscription = "no-subscription"
}
