// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

/// What a handler throws to say itself what becomes of its message.
///
/// Any other error is a failure whose code is the error's type and whose note is its description.
public struct HandlerFailure: Error, CustomStringConvertible {
    enum Verb: Sendable {
        case nack(delay: Duration?)
        case reject
        case release(delay: Duration?)
    }

    let verb: Verb
    /// A word for programs, of at most 64 bytes, or nothing.
    public let code: String?
    /// What happened, for people, of at most 1,024 bytes, or nothing.
    public let note: String?

    /// The message failed and is tried again, after a delay or by the subscription's backoff; it counts as a failure.
    public static func nack(delay: Duration? = nil, code: String? = nil, note: String? = nil) -> HandlerFailure {
        HandlerFailure(verb: .nack(delay: delay), code: code, note: note)
    }

    /// The message will never work: it becomes a dead letter now.
    public static func reject(code: String? = nil, note: String? = nil) -> HandlerFailure {
        HandlerFailure(verb: .reject, code: code, note: note)
    }

    /// The message was not begun and is tried again, at once or after a delay; it does not count as a failure.
    public static func release(delay: Duration? = nil) -> HandlerFailure {
        HandlerFailure(verb: .release(delay: delay), code: nil, note: nil)
    }

    /// The code and the note.
    public var description: String { [code, note].compactMap(\.self).joined(separator: ": ") }
}

/// How a delivery is settled.
enum Settlement: Sendable {
    case ack
    case nack(delay: Duration?, code: String?, note: String?)
    case release(delay: Duration?)
    case reject(code: String?, note: String?)

    /// What an error of a handler says.
    init(_ error: any Error) {
        if let failure = error as? HandlerFailure {
            switch failure.verb {
            case .nack(let delay): self = .nack(delay: delay, code: failure.code, note: failure.note)
            case .reject: self = .reject(code: failure.code, note: failure.note)
            case .release(let delay): self = .release(delay: delay)
            }
        } else if let error = error as? ClientError {
            self = .nack(delay: nil, code: "\(error.code)", note: error.message)
        } else {
            self = .nack(delay: nil, code: "\(type(of: error))", note: "\(error)")
        }
    }

    /// The word of the protocol, as spans and logs name it.
    var name: String {
        switch self {
        case .ack: "ack"
        case .nack: "nack"
        case .release: "release"
        case .reject: "reject"
        }
    }

    /// The command, without its line end.
    func line(_ lease: Lease) -> String {
        let place = "\(lease.consumer) \(lease.tag)"
        switch self {
        case .ack: return "ACK \(place)"
        case .nack(let delay, let code, let note):
            return "NACK \(place)" + Self.delay(delay) + Self.reason(code, note)
        case .release(let delay): return "RELEASE \(place)" + Self.delay(delay)
        case .reject(let code, let note): return "REJECT \(place)" + Self.reason(code, note)
        }
    }

    private static func delay(_ delay: Duration?) -> String {
        guard let delay else { return "" }
        return " delay=\(min(max(0, delay.milliseconds), Int64(Limits.delay)))ms"
    }

    private static func reason(_ code: String?, _ note: String?) -> String {
        var text = ""
        if let code, !code.isEmpty { text += " code=\(Outgoing.field(Check.text(code, limit: Limits.code)))" }
        // Escaped, a note can be three times as long, and still fits the line.
        if let note, !note.isEmpty { text += " note=\(Outgoing.field(Check.text(note, limit: Limits.note)))" }
        return text
    }
}
