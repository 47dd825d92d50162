// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import MartletModel
import MartletProtocol

/// Publishes messages in a pipeline and keeps account of their answers.
final class PublishRun {
    /// Publishes that may wait for their answer; the broker reads no further than 1,024.
    static let maxUnanswered = 1_000
    /// Bytes that are gathered before they are sent.
    static let maxQueuedBytes = 1 << 20

    private struct Refusal {
        var line: Int
        var message: String
    }

    private let connection: BlockingConnection
    private let topic: String
    private let encoder: PublishEncoder
    private let id: NumberedText?
    private let key: NumberedText?
    private let headers: [UInt8]
    private var published = 0
    private var answered = 0
    private var stored = 0
    private var duplicates = 0
    private var unheard = 0
    private var firstOffset = Int.max
    private var lastOffset = 0
    private var refusals: [Refusal] = []
    private var isStopping = false
    private var progress = PublishProgress()

    init(connection: BlockingConnection, topic: String, id: String?, key: String?, headers: [UInt8]) {
        self.connection = connection
        self.topic = topic
        encoder = PublishEncoder(topic: topic)
        self.id = id.map { NumberedText($0) }
        self.key = key.map { NumberedText($0) }
        self.headers = headers
    }

    /// Takes answers until the descriptor can be read.
    ///
    /// - Returns: false when no more is to be published, because the broker refused a message or is stopping.
    func waitForInput(_ descriptor: Int32) throws -> Bool {
        try telling {
            while !isStopping, refusals.isEmpty {
                switch try connection.next(orReadable: [descriptor]) {
                case .incoming(let incoming): takeAll(after: incoming)
                case .other: return true
                case .timeout: break
                }
            }
            return false
        }
    }

    /// Sends one message, after waiting for answers if too many are missing.
    func publish(_ body: [UInt8]) throws {
        guard !isStopping, refusals.isEmpty else { return }
        if let id, published == 1, !id.isNumbered {
            try awaitAnswers()
            throw CommandFailure(
                .usage,
                """
                --id '\(id.text)' names one message, but the input has more than one line; the first is published.
                Write --id '\(id.text)-{n}' to number the lines, or --file to publish all of it as one message.
                """)
        }
        try telling {
            while connection.unanswered >= Self.maxUnanswered, case .incoming(let incoming) = try connection.next() {
                takeAll(after: incoming)
            }
            published += 1
            let fields = fields(of: published)
            connection.send { buffer in body.withUnsafeBytes { _ = encoder.write(fields, body: $0, into: &buffer) } }
            if connection.queuedBytes >= Self.maxQueuedBytes { connection.flush() }
        }
        progress.show(sent: published, confirmed: answered)
    }

    /// Waits for all answers and tells the result.
    func finish() throws {
        try awaitAnswers()
        progress.end()
        if unheard > 0 {
            StandardError.write("note: topic \(topic) has no subscription that will see this\n")
        }
        if !refusals.isEmpty { throw CommandFailure(.refused, refusalMessage) }
        try StandardOutput.write(summary + "\n")
        if isStopping {
            throw CommandFailure(
                .unreachable, "the broker is stopping; what was confirmed is stored, the rest was not sent")
        }
    }

    private func awaitAnswers() throws {
        try telling {
            connection.flush()
            while answered < published {
                if case .incoming(let incoming) = try connection.next(timeout: 1_000) { takeAll(after: incoming) }
                progress.show(sent: published, confirmed: answered)
            }
        }
    }

    private var summary: String {
        guard stored > 0 else {
            return duplicates == 0
                ? "nothing to publish" : "published nothing new to \(topic): \(duplicates) stored before"
        }
        let offsets = firstOffset == lastOffset ? "offset \(firstOffset)" : "offsets \(firstOffset) to \(lastOffset)"
        let again = duplicates > 0 ? ", \(duplicates) more stored before" : ""
        return "published \(stored) \(stored == 1 ? "message" : "messages") to \(topic), \(offsets)\(again)"
    }

    private var refusalMessage: String {
        var lines = refusals.prefix(5).map { "line \($0.line) was refused: \($0.message)" }
        if refusals.count > 5 { lines.append("and \(refusals.count - 5) more") }
        lines.append("\(stored + duplicates) of the \(published) messages sent are stored in \(topic)")
        return lines.joined(separator: "\n")
    }

    private func fields(of number: Int) -> PublishEncoder.Fields {
        var fields = PublishEncoder.Fields()
        if let id { fields.id = id.bytes(number) }
        if let key { fields.key = key.bytes(number) }
        fields.headers = headers
        return fields
    }

    /// Takes what came, and the confirms that came with it.
    private func takeAll(after incoming: Incoming) {
        take(incoming)
        connection.confirms { take($0) }
    }

    private func take(_ confirm: Confirm) {
        answered += 1
        guard !confirm.isDuplicate else {
            duplicates += 1
            return
        }
        stored += 1
        firstOffset = min(firstOffset, Int(confirm.offset))
        lastOffset = max(lastOffset, Int(confirm.offset))
        if confirm.isUnseen { unheard += 1 }
    }

    private func take(_ incoming: Incoming) {
        switch incoming {
        case .reply(let reply):
            take(
                Confirm(
                    offset: reply.fields.first.flatMap { UInt64($0) } ?? 0, isDuplicate: reply.word == "DUP",
                    isUnseen: reply.options["subs"] == "0"))
        case .refusal(let code, let message):
            answered += 1
            refusals.append(Refusal(line: answered, message: "\(code) \(message)"))
        case .goodbye: isStopping = true
        case .message, .lost, .gone: break
        }
    }

    /// Adds to a broken connection what that means for the messages that have no answer.
    private func telling<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as ClientError where error.code == .connectionLost && published > answered {
            progress.end()
            if !refusals.isEmpty { throw CommandFailure(.refused, "\(refusalMessage)\n\(error.message)") }
            throw ClientError(
                .connectionLost,
                """
                \(error.message)
                \(answered) are confirmed; whether the \(published - answered) after them are stored is unknown.
                Publishing them again is harmless when they have an --id.
                """)
        }
    }
}
