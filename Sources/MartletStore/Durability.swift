// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What is certain of a batch when its commit has returned.
package enum Durability: Sendable {
    /// It is on the disk, flushed.
    case durable
    /// It will be when a later commit or a sync has returned; until then a power failure may undo it.
    case committed
}
