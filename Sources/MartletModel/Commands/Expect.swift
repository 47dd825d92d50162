// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The fields of `EXPECT`: a process is to get a message on a topic.
package struct Expect: Equatable, Sendable {
    /// The process.
    package var process: [UInt8]
    /// The topic's name.
    package var topic: String
    /// Within which time, in milliseconds.
    package var within: Int
    /// The name by which it is told from others about the same process and topic; may be empty.
    package var id: [UInt8] = []
    /// How much earlier the message may have come, in milliseconds.
    package var lookback = 0

    /// Makes an expectation without a name that does not look back.
    package init(process: [UInt8], topic: String, within: Int) {
        self.process = process
        self.topic = topic
        self.within = within
    }
}
