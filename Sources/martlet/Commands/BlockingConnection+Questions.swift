// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletModel

extension BlockingConnection {
    /// Asks the broker about something.
    ///
    /// - Returns: its JSON.
    func info(_ subject: InfoSubject) throws(ClientError) -> [UInt8] { try data(.info(subject)) }

    /// Asks the broker something that it answers with JSON.
    func data(_ question: Command) throws(ClientError) -> [UInt8] { try Self.data(try request(question)) }

    /// Asks the broker something that it answers with JSON.
    func value(_ question: Command) throws(ClientError) -> JSONValue { try Self.value(try data(question)) }

    /// Asks the broker many things at once.
    ///
    /// - Returns: the answers in the order of the questions; nil where the broker does not know what was asked about.
    func data(_ questions: [Command]) throws(ClientError) -> [[UInt8]?] {
        var answers: [[UInt8]?] = []
        for question in questions { send(question) }
        while answers.count < questions.count {
            guard case .incoming(let incoming) = try next() else { continue }
            switch incoming {
            case .reply(let reply): answers.append(try Self.data(reply))
            case .refusal(let code, _) where code.hasPrefix("unknown-"): answers.append(nil)
            case .refusal(let code, let message): throw ClientError(.refused(code), "\(code): \(message)")
            default: break
            }
        }
        return answers
    }

    /// The value of an answer.
    static func value(_ json: [UInt8]) throws(ClientError) -> JSONValue {
        guard let value = JSONValue(json) else {
            throw ClientError(.protocolViolation, "the broker's answer is not JSON; --json shows it")
        }
        return value
    }

    private static func data(_ reply: Reply) throws(ClientError) -> [UInt8] {
        guard reply.word == "DATA" else {
            throw ClientError(.protocolViolation, "the broker answered \(reply.word) instead of DATA")
        }
        return reply.data
    }
}
