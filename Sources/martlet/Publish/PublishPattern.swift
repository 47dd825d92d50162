// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletProtocol

/// What the messages of one `pub` say besides their bodies.
struct PublishPattern {
    private let id: NumberedText?
    private let key: NumberedText?
    private let process: NumberedText?
    private let rest: PublishEncoder.Fields

    /// Fields in which the number of the line takes the place of `{n}`, and the rest, which all have alike.
    init(
        id: String? = nil, key: String? = nil, process: String? = nil,
        rest: PublishEncoder.Fields = PublishEncoder.Fields()
    ) {
        self.id = id.map { NumberedText($0) }
        self.key = key.map { NumberedText($0) }
        self.process = process.map { NumberedText($0) }
        self.rest = rest
    }

    /// The id, if it is the same for all messages.
    var onlyID: String? { id.flatMap { $0.isNumbered ? nil : $0.text } }

    /// The fields of the message of a number.
    func fields(of number: Int) -> PublishEncoder.Fields {
        var fields = rest
        if let id { fields.id = id.bytes(number) }
        if let key { fields.key = key.bytes(number) }
        if let process { fields.process = process.bytes(number) }
        return fields
    }
}
