// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Why something that was asked of the broker failed: a code to decide by, a message to read, and what caused it.
public struct ClientError: Error, CustomStringConvertible {
    /// What kind of failure it was; new kinds may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        enum Kind: Sendable, Hashable {
            case unreachable, certificate, connectionLost, unknown, protocolViolation, badArgument, closed, leaseLost
            case refused(String)
            case gone(String)
            case conflict([UInt64])
        }

        let kind: Kind

        /// No connection could be opened.
        public static let unreachable = Code(kind: .unreachable)
        /// The broker's certificate is not accepted, or the broker does not accept this client's; nothing was done.
        public static let certificate = Code(kind: .certificate)
        /// The connection ended, or the broker fell silent; what was asked for was not done.
        public static let connectionLost = Code(kind: .connectionLost)
        /// The connection ended before the reply, so the outcome is unknown: it was done, or it was not.
        public static let unknown = Code(kind: .unknown)
        /// The broker sent something that version 1 of the protocol does not know.
        public static let protocolViolation = Code(kind: .protocolViolation)
        /// The caller asked for something that cannot be written in the protocol, or that breaks a limit.
        public static let badArgument = Code(kind: .badArgument)
        /// The client is not running any more; nothing was sent.
        public static let closed = Code(kind: .closed)
        /// The delivery had lost its lease: the message comes again, and nothing was changed.
        public static let leaseLost = Code(kind: .leaseLost)

        /// The broker answered `ERR` with this code; nothing was changed.
        public static func refused(_ code: String) -> Code { Code(kind: .refused(code)) }

        /// The broker has ended a consumer for this reason, which was not asked for here: its subscription or topic was
        /// `deleted`, say.
        public static func gone(_ reason: String) -> Code { Code(kind: .gone(reason)) }

        /// A record has another version than was expected: this one, or 0 when there is no such record.
        public static func conflict(_ versions: [UInt64]) -> Code { Code(kind: .conflict(versions)) }

        /// The code that the broker gave with its `ERR`; nil when it was not a refusal.
        public var refusal: String? {
            if case .refused(let code) = kind { code } else { nil }
        }

        /// The versions that the records have; nil when it was not a conflict.
        public var versions: [UInt64]? {
            if case .conflict(let versions) = kind { versions } else { nil }
        }

        /// Whether a refusal says that the same may work later.
        var isTemporary: Bool {
            refusal.map(["full", "busy", "shutting-down", "timeout", "internal"].contains) ?? false
        }

        /// The code as one word.
        public var description: String {
            switch kind {
            case .unreachable: "unreachable"
            case .certificate: "certificate"
            case .connectionLost: "connection-lost"
            case .unknown: "unknown"
            case .protocolViolation: "protocol-violation"
            case .badArgument: "bad-argument"
            case .closed: "closed"
            case .leaseLost: "lease-lost"
            case .refused(let code): code
            case .gone: "gone"
            case .conflict: "version"
            }
        }
    }

    /// What kind of failure it was.
    public let code: Code
    /// What happened, for people.
    public let message: String
    /// The error behind this one, or nil.
    public let cause: (any Error)?

    /// An error with a code and a message.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// What happened, for people.
    public var description: String { message }
}
