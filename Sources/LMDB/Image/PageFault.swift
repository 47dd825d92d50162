// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What is wrong with one page of a file, and which keys are lost with it.
package struct PageFault: Error {
    /// The table whose page it is; empty for the file as a whole.
    package let table: String
    /// The page, if it is about one.
    package let page: UInt64?
    /// The lowest key that can have lain there; nil when that is the table's first.
    package let low: [UInt8]?
    /// The key below which those lie that can have lain there; nil when that is the table's end.
    package let high: [UInt8]?
    /// What was found.
    package let message: String
    /// Whether entries cannot be read because of it.
    package let losesEntries: Bool

    init(
        table: String, page: UInt64? = nil, low: [UInt8]? = nil, high: [UInt8]? = nil, losesEntries: Bool = false,
        _ message: String
    ) {
        self.table = table
        self.page = page
        self.low = low
        self.high = high
        self.losesEntries = losesEntries
        self.message = message
    }
}
