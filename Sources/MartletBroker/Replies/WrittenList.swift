// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// A list whose form in JSON is written as it grows, so that it costs nothing at its end.
package struct WrittenList<Element: JSONForm & Sendable>: Sendable {
    /// What is in it.
    package private(set) var elements: [Element] = []
    private var writer = JSONWriter()

    init() { writer.beginList() }

    /// Bytes of its form so far.
    var size: Int { writer.bytes.count }

    mutating func append(_ element: Element) {
        elements.append(element)
        element.write(to: &writer)
    }

    /// Writes the end of its form; nothing is added behind it.
    mutating func end() { writer.endList() }

    /// Its form in JSON, when it has ended.
    package var json: [UInt8] { writer.bytes }
}
