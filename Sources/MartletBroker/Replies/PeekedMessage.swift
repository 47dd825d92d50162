// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletModel
import MartletStore

/// A message that was looked at.
package struct PeekedMessage: Sendable {
    /// Its offset.
    package var offset: UInt64
    /// When it was published, in Unix milliseconds.
    package var time: UInt64
    let segment: Segment
    let start: Int
    let size: Int

    /// Its fields, valid as long as this value lives.
    package var fields: MessageFields? { segment.fields(start: start, size: size) }
}
