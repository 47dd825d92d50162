// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import MartletModel

/// Why no route answers a request.
enum RouteFailure: Error, Equatable {
    /// There is nothing at the path.
    case noPath
    /// There is something, which other methods ask.
    case noMethod(allowed: [String])

    /// What is answered.
    var answer: AdminAnswer {
        var answer = AdminAnswer { writer in
            writer.object { writer in
                writer.name("error")
                writer.object { writer in
                    writer.member("code", "bad-command")
                    writer.member("message", text)
                }
            }
        }
        switch self {
        case .noPath: answer.status = .notFound
        case .noMethod(let allowed):
            answer.status = .methodNotAllowed
            answer.headers[.allow] = allowed.joined(separator: ", ")
        }
        return answer
    }

    private var text: String {
        switch self {
        case .noPath: "there is nothing at this path; /api/v1/openapi.json describes what there is"
        case .noMethod(let allowed): "expected one of \(allowed.joined(separator: ", "))"
        }
    }
}
