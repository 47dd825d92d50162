// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Why a command is not done: the code for programs, the text for people.
package struct Refusal: Error, Equatable, Sendable {
    /// The code of the `ERR` reply.
    package var code: ErrorCode
    /// Names the field and what was expected.
    package var text: String

    /// Makes the refusal of one command.
    package init(_ code: ErrorCode, _ text: String) {
        self.code = code
        self.text = text
    }

    /// Whether the frame boundary is in doubt, so that nothing after it may be read.
    package var closes: Bool {
        switch code {
        case .lineTooLong, .badLength, .badDataEnd, .tooLarge: true
        default: false
        }
    }
}

// Refusals that several commands give.
extension Refusal {
    /// A topic that does not exist.
    package static func unknownTopic(_ name: String) -> Refusal {
        Refusal(.unknownTopic, "topic: '\(name)' does not exist")
    }

    /// A subscription that does not exist.
    package static func unknownSubscription(_ name: String) -> Refusal {
        Refusal(.unknownSubscription, "subscription: '\(name)' does not exist on this topic")
    }

    /// A consumer that does not exist.
    package static func unknownConsumer(_ number: UInt64) -> Refusal {
        Refusal(.unknownConsumer, "consumer: \(number) is not subscribed on this connection")
    }
}
