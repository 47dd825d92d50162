// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletModel

/// How a message is shown: its body, or a JSON object with all that is known about it.
struct MessagePrinter {
    let topic: String
    let json: Bool

    /// The message with a line end behind it.
    func line(_ delivery: IncomingMessage) -> [UInt8] {
        (json ? object(delivery) : delivery.body) + [UInt8(ascii: "\n")]
    }

    /// The message as one line of JSON.
    func object(_ delivery: IncomingMessage) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("topic", topic)
            writer.member("offset", delivery.offset)
            writer.member("attempt", delivery.attempt)
            writer.member("time", delivery.time)
            if let id = delivery.idBytes {
                writer.member("id", id)
            } else {
                member("id", of: delivery, &writer)
            }
            member("key", of: delivery, &writer)
            member("process", of: delivery, &writer)
            member("cause", of: delivery, &writer)
            if !delivery.headers.isEmpty {
                writer.name("headers")
                writer.object { writer in
                    for (name, value) in delivery.headers {
                        writer.name(name)
                        writer.string(value)
                    }
                }
            }
            writer.member("body", delivery.body)
        }
        return writer.bytes
    }

    private func member(_ name: StaticString, of delivery: IncomingMessage, _ writer: inout JSONWriter) {
        if let value = delivery.options["\(name)"] { writer.member(name, value) }
    }
}
