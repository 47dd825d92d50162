// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import MartletProtocol

/// How a delivery is settled.
enum Settlement: Sendable {
    case ack
    case nack(delay: Duration?, code: String?, note: String?)
    case release(delay: Duration?)
    case reject(code: String?, note: String?)
    case park(code: String?, note: String?)

    /// What an error of a handler says.
    init(_ error: any Error) {
        if let failure = error as? HandlerFailure {
            switch failure.verb {
            case .nack(let delay): self = .nack(delay: delay, code: failure.code, note: failure.note)
            case .reject: self = .reject(code: failure.code, note: failure.note)
            case .release(let delay): self = .release(delay: delay)
            case .park: self = .park(code: failure.code, note: failure.note)
            }
        } else if let error = error as? ClientError {
            self = .nack(delay: nil, code: "\(error.code)", note: error.message)
        } else {
            self = .nack(delay: nil, code: "\(type(of: error))", note: "\(error)")
        }
    }

    /// Whether the delivery ended as handled.
    var isAck: Bool { if case .ack = self { true } else { false } }

    /// The code that it carries, or empty.
    var code: String {
        switch self {
        case .nack(_, let code, _), .reject(let code, _), .park(let code, _): code ?? ""
        case .ack, .release: ""
        }
    }

    /// The word of the protocol, as spans and logs name it.
    var name: String {
        switch self {
        case .ack: "ack"
        case .nack: "nack"
        case .release: "release"
        case .reject: "reject"
        case .park: "park"
        }
    }

    /// The command that settles the delivery of a lease.
    func command(_ lease: Lease) -> Command {
        switch self {
        case .ack: return .settle(lease.settle(.ack))
        case .nack(let delay, let code, let note):
            var settle = lease.settle(.nack)
            settle.delay = delay.map(Self.milliseconds)
            Self.add(code, note, to: &settle)
            return .settle(settle)
        case .release(let delay):
            var settle = lease.settle(.release)
            settle.delay = delay.map(Self.milliseconds)
            return .settle(settle)
        case .reject(let code, let note):
            var settle = lease.settle(.reject)
            Self.add(code, note, to: &settle)
            return .settle(settle)
        case .park(let code, let note):
            var settle = lease.settle(.park)
            Self.add(code, note, to: &settle)
            return .settle(settle)
        }
    }

    private static func milliseconds(_ delay: Duration) -> Int {
        Int(min(max(0, delay.milliseconds), Int64(Limits.delay)))
    }

    private static func add(_ code: String?, _ note: String?, to settle: inout Settle) {
        if let code, !code.isEmpty { settle.code = Check.text(code, limit: Limits.code) }
        // Escaped, a note can be three times as long, and still fits the line.
        if let note, !note.isEmpty { settle.note = Check.text(note, limit: Limits.note) }
    }
}

extension Lease {
    /// The tag as commands carry it.
    var tags: [ClosedRange<UInt64>] { [UInt64(tag)...UInt64(tag)] }

    fileprivate func settle(_ verb: Settle.Verb) -> Settle {
        Settle(verb: verb, consumer: UInt64(consumer), tags: tags)
    }
}
