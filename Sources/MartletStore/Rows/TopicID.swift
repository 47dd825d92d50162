// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// How topics get their ids.
package enum TopicID {
    /// Ids of topics that are not the broker's start here, so that they lie behind those of the broker in the log:
    /// the one busy topic of a small system then is the last, where messages are appended without splitting pages.
    package static let ordinary: UInt64 = 1 << 32
}
