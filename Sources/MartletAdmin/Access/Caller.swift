// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
package import MartletModel
package import MartletService

/// Who asks, and with what rights.
package struct Caller: Sendable {
    /// A name by which callers with different rights are told apart; empty where there are no users.
    let name: String
    private let asking: @Sendable (Command) async throws -> QuestionAnswer

    /// Makes a caller.
    ///
    /// - Parameter asking: asks the broker with the caller's rights.
    package init(name: String, asking: @escaping @Sendable (Command) async throws -> QuestionAnswer) {
        self.name = name
        self.asking = asking
    }

    /// Asks the broker.
    ///
    /// - Throws: `Refusal`.
    func ask(_ command: Command) async throws -> QuestionAnswer { try await asking(command) }
}

/// Finds whom a token names, to ask a broker in that name; nil when it names no user.
package typealias Authenticate = @Sendable (_ token: String, _ service: BrokerService) -> Caller?
