// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// What `sub` was told to do.
struct SubscribePlan {
    /// The topic and the subscription.
    var topic: String
    var subscription: String
    /// Whether messages are settled; otherwise all of them go back at the end.
    var settles: Bool
    /// After how many messages to stop; nil means never.
    var count: Int?
    /// How many messages may be here unsettled.
    var window: Int
    /// Whether to stop when nothing more can be delivered now.
    var stopsWhenEmpty: Bool
}
