// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The fields of `TOUCH`: extends some leases of a consumer.
package struct Touch: Equatable, Sendable {
    /// The consumer's number.
    package var consumer: UInt64
    /// The tags of the deliveries.
    package var tags: [ClosedRange<UInt64>]
    /// How long the leases shall last from now, in milliseconds, if named.
    package var extend: Int?
    /// Percent done, if named.
    package var progress: Int?
    /// What is being done, if named.
    package var note: String?

    /// Makes the fields of a touch.
    package init(
        consumer: UInt64, tags: [ClosedRange<UInt64>], extend: Int? = nil, progress: Int? = nil, note: String? = nil
    ) {
        self.consumer = consumer
        self.tags = tags
        self.extend = extend
        self.progress = progress
        self.note = note
    }
}
