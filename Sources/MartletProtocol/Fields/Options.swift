// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// Takes the options of a line one by one and refuses a repeated one.
struct Options {
    private var seen: [UnsafeRawBufferPointer] = []

    mutating func next(_ fields: inout FieldReader) throws(Refusal) -> Option? {
        guard let field = try fields.next() else { return nil }
        let option = Option(field)
        guard !seen.contains(where: { $0.elementsEqual(option.name) }) else { throw option.repeated }
        seen.append(option.name)
        return option
    }
}
