// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

package import MartletBroker

/// What the broker answers a question from inside the process.
package enum QuestionAnswer: Sendable {
    /// The command is done.
    case done
    /// The command is done, and this is its number: messages settled, a version.
    case number(UInt64)
    /// A message is visible, at this offset.
    case published(UInt64)
    /// Anything else.
    case reply(Reply)
}
