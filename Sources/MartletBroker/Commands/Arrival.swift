// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// An input and when it came in.
///
/// Deadlines are judged by this time, not by when the core gets round to it: an ack that came in while a commit was
/// flushed is looked at before its lease runs out.
package struct Arrival: Sendable {
    /// What came in.
    package let input: Input
    /// When it came in, in steady milliseconds.
    package let time: UInt64

    /// Makes the arrival of an input.
    package init(_ input: Input, at time: UInt64) {
        self.input = input
        self.time = time
    }
}
