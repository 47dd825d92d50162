// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// A question whose answer tells what is so when it goes out, so that a client sees what was confirmed to it.
///
/// What tells of many topics leaves out those that its user may not consume.
enum Lookup {
    case info(InfoSubject, Access)
    /// What is so with messages: `WHY`, `TREE`, `SCHEDULED`, `PARKED`.
    case account(Command, Access)
    /// What a consumer held when it came back: leases may run out before that is told.
    case resumed(Consumer, tags: [UInt64])
}
