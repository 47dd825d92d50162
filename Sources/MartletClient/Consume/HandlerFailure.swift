// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a handler throws to say itself what becomes of its message.
///
/// Any other error is a failure whose code is the error's type and whose note is its description.
public struct HandlerFailure: Error, CustomStringConvertible {
    enum Verb: Sendable {
        case nack(delay: Duration?)
        case reject
        case release(delay: Duration?)
        case park
    }

    let verb: Verb
    /// A word for programs, of at most 64 bytes, or nil.
    public let code: String?
    /// What happened, for people, of at most 1,024 bytes, or nil.
    public let note: String?

    /// The message failed and is tried again, after a delay or by the subscription's backoff; it counts as a failure.
    public static func nack(delay: Duration? = nil, code: String? = nil, note: String? = nil) -> HandlerFailure {
        HandlerFailure(verb: .nack(delay: delay), code: code, note: note)
    }

    /// The message will never work: it becomes a dead letter now.
    public static func reject(code: String? = nil, note: String? = nil) -> HandlerFailure {
        HandlerFailure(verb: .reject, code: code, note: note)
    }

    /// The message waits for a person, who decides what becomes of it; it does not count as a failure.
    public static func park(code: String? = nil, note: String? = nil) -> HandlerFailure {
        HandlerFailure(verb: .park, code: code, note: note)
    }

    /// The message was not begun and is tried again, at once or after a delay; it does not count as a failure.
    public static func release(delay: Duration? = nil) -> HandlerFailure {
        HandlerFailure(verb: .release(delay: delay), code: nil, note: nil)
    }

    /// The code and the note.
    public var description: String { [code, note].compactMap(\.self).joined(separator: ": ") }
}
