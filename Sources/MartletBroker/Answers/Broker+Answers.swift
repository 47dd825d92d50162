// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletStore

// Long answers are written one at a time, in the order of the questions, and a bounded part of them in each step: the
// others wait without memory, and no step is held up.
extension Broker {
    /// What it costs to look at something, in bytes of an answer that could be written in that time.
    static let lookBytes = 64

    /// The answer that a question begins; nil when it is no question with a long one.
    func longAnswer(to command: Command) throws(Refusal) -> (any LongAnswer)? {
        switch command {
        case .info(.topics): TopicsAnswer()
        case .info(.consumers): ConsumersAnswer()
        case .list(let request): RecordsAnswer(request)
        case .peek(let name, let offset, let limit): MessagesAnswer(try topic(name), from: offset, limit: limit)
        default: nil
        }
    }

    /// Writes as much of an answer as the step has room for, if it is its turn.
    ///
    /// - Returns: the answer when it has to go on.
    func goOn(with answer: any LongAnswer, for connection: Connection) throws -> (any LongAnswer)? {
        // A connection that is gone hears nothing.
        guard !connection.isLeaving else { return nil }
        guard answering === connection || answering == nil && asking.isEmpty else { return answer }
        answering = connection
        do {
            guard answerRoom > 0, let reply = try answer.goOn(in: self, for: connection) else { return answer }
            answering = nil
            self.reply(reply, to: connection)
        } catch {
            answering = nil
            throw error
        }
        return nil
    }

    /// Leaves what is to come of a connection's commands for the next step.
    func leave(_ rest: UnfinishedCommands, of connection: Connection) {
        connection.unfinished = rest
        if case .answer? = rest.progress {
            if answering !== connection { asking.append(connection) }
        } else {
            unfinished.append(.commands(connection))
        }
    }

    /// Goes on with the answers under way.
    func resumeAnswers() throws(StoreError) {
        answerRoom = configuration.answerBytes
        while answerRoom > 0, let connection = answering ?? asking.popFirst() {
            answering = connection
            guard case .answer? = connection.unfinished?.progress else {
                // It is gone.
                answering = nil
                continue
            }
            try resume(connection)
            if answering != nil { return }
        }
    }

    /// Ends the answer to a connection that has left; what it had said behind the question is done.
    func leaveAnswer(to connection: Connection) throws(StoreError) {
        guard case .answer? = connection.unfinished?.progress else { return }
        if answering === connection { answering = nil }
        try resume(connection)
    }
}
