// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// The reply to one command of a request.
enum Answer: Sendable {
    case reply(Reply)
    case refusal(code: String, message: String)

    /// The reply, or what was refused as an error.
    func get() throws(ClientError) -> Reply {
        switch self {
        case .reply(let reply): return reply
        case .refusal(let code, let message): throw ClientError(.refused(code), "\(code): \(message)")
        }
    }
}
