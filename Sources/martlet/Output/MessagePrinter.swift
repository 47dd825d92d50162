// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import MartletClient

/// How a message is shown: its body, or a JSON object with all that is known about it.
struct MessagePrinter {
    let topic: String
    let json: Bool

    /// Puts one message and a line end in the output.
    func print(_ delivery: IncomingMessage, to output: inout StandardOutput) {
        if json {
            output.append(object(delivery))
        } else {
            output.append(delivery.body)
        }
        output.append("\n")
    }

    /// The message as one line of JSON.
    func object(_ delivery: IncomingMessage) -> String {
        var members = [
            "\"topic\":\(JSONValue.quoted(topic))",
            "\"offset\":\(delivery.offset)",
            "\"attempt\":\(delivery.attempt)",
            "\"time\":\(delivery.time)",
        ]
        for name in ["id", "key", "process", "cause"] {
            if let value = delivery.options[name] { members.append("\"\(name)\":\(JSONValue.quoted(value))") }
        }
        if !delivery.headers.isEmpty {
            let headers = delivery.headers.map { "\(JSONValue.quoted($0.name)):\(JSONValue.quoted($0.value))" }
            members.append("\"headers\":{\(headers.joined(separator: ","))}")
        }
        if let text = String(validating: delivery.body, as: UTF8.self) {
            members.append("\"body\":\(JSONValue.quoted(text))")
        } else {
            members.append("\"bodyBase64\":\"\(Data(delivery.body).base64EncodedString())\"")
        }
        return "{\(members.joined(separator: ","))}"
    }
}
