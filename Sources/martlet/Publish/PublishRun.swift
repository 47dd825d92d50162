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
    /// How long the answers that are missing may take after a signal, in milliseconds.
    private static let patience = 5_000

    private struct Refusal {
        var line: Int
        var message: String
    }

    private let connection: BlockingConnection
    private let address: ClientConfiguration.Address
    private let encoder: PublishEncoder
    private let pattern: PublishPattern
    private let signal: Int32
    private var account: PublishAccount
    private var unheard = 0
    private var refusals: [Refusal] = []
    private var isStopping = false
    private var progress = PublishProgress()

    /// Prepares a run.
    ///
    /// - Parameter signal: a descriptor that becomes readable when a signal comes.
    init(
        connection: BlockingConnection, address: ClientConfiguration.Address, account: PublishAccount,
        pattern: PublishPattern, signal: Int32
    ) {
        self.connection = connection
        self.address = address
        self.account = account
        encoder = PublishEncoder(topic: account.topic)
        self.pattern = pattern
        self.signal = signal
    }

    /// Runs the body, which publishes, and tells at every end what is stored.
    func run(_ body: (PublishRun) throws -> Void) throws {
        do {
            try body(self)
            try awaitAnswers()
        } catch let error as ClientError {
            throw CommandFailure(error, address: address).telling(ending)
        } catch let failure as CommandFailure {
            // What has been sent before the input failed is still answered.
            try? awaitAnswers()
            throw failure.telling(ending)
        }
        try finish()
    }

    /// Takes answers until the descriptor can be read.
    ///
    /// - Returns: false when no more is to be published, because of a signal, a refusal or a broker that is stopping.
    func waitForInput(_ descriptor: Int32) throws -> Bool {
        while goesOn {
            switch try connection.next(orReadable: [descriptor, signal]) {
            case .incoming(let incoming): takeAll(after: incoming)
            case .other: return goesOn
            case .timeout: break
            }
        }
        return false
    }

    private var goesOn: Bool { !isStopping && refusals.isEmpty && Interruption.signal == nil }

    /// Sends one message, after waiting for answers if too many are missing.
    func publish(_ body: [UInt8]) throws {
        if let id = pattern.onlyID, account.sent == 1 {
            throw CommandFailure(
                .usage,
                """
                --id '\(id)' names one message, but the input has more than one line; the first is published.
                Write --id '\(id)-{n}' to number the lines, or --file to publish all of it as one message.
                """)
        }
        while connection.unanswered >= Self.maxUnanswered, goesOn {
            if case .incoming(let incoming) = try connection.next(orReadable: [signal]) { takeAll(after: incoming) }
        }
        guard goesOn else { return }
        account.sent += 1
        let fields = pattern.fields(of: account.sent)
        connection.send { buffer in body.withUnsafeBytes { _ = encoder.write(fields, body: $0, into: &buffer) } }
        if connection.queuedBytes >= Self.maxQueuedBytes { connection.flush() }
        progress.show(sent: account.sent, confirmed: account.answered)
    }

    /// Tells the result, now that all answers are here.
    private func finish() throws {
        progress.end()
        if unheard > 0 {
            StandardError.write("note: topic \(account.topic) has no subscription that will see this\n")
        }
        if !refusals.isEmpty { throw CommandFailure(.refused, ending) }
        if let number = Interruption.signal {
            throw CommandFailure(ExitStatus(signal: number), "interrupted").telling(ending)
        }
        try StandardOutput.write(account.summary + "\n")
        if isStopping {
            throw CommandFailure(.unreachable, "the broker is stopping").telling(ending)
        }
    }

    private func awaitAnswers() throws {
        connection.flush()
        var waited = 0
        while account.answered < account.sent {
            if Interruption.signal != nil {
                guard waited < Self.patience else { return }
                waited += 100
            }
            if case .incoming(let incoming) = try connection.next(timeout: 100) { takeAll(after: incoming) }
            progress.show(sent: account.sent, confirmed: account.answered)
        }
    }

    /// The refusals, if there are any, and what is stored.
    private var ending: String {
        progress.end()
        var lines = refusals.prefix(5).map {
            account.countsLines ? "line \($0.line) was refused: \($0.message)" : "it was refused: \($0.message)"
        }
        if refusals.count > 5 { lines.append("and \(refusals.count - 5) more") }
        lines.append(account.account)
        return lines.joined(separator: "\n")
    }

    /// Takes what came, and the confirms that came with it.
    private func takeAll(after incoming: Incoming) {
        take(incoming)
        connection.confirms { take($0) }
    }

    private func take(_ confirm: Confirm) {
        account.take(offset: Int(confirm.offset), isDuplicate: confirm.isDuplicate)
        if confirm.isUnseen { unheard += 1 }
    }

    private func take(_ incoming: Incoming) {
        switch incoming {
        case .reply(let reply):
            if let due = reply.options["due"].flatMap({ Int($0) }) {
                return account.take(due: due, isDuplicate: reply.word == "DUP")
            }
            take(
                Confirm(
                    offset: reply.fields.first.flatMap { UInt64($0) } ?? 0, isDuplicate: reply.word == "DUP",
                    isUnseen: reply.options["subs"] == "0"))
        case .refusal(let code, let message):
            account.answered += 1
            refusals.append(Refusal(line: account.answered, message: "\(code) \(message)"))
        case .goodbye: isStopping = true
        case .message, .lost, .gone: break
        }
    }
}
