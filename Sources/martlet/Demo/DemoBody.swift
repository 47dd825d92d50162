// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient

/// The body of a message of the demonstration: a request, and what is said about it.
struct DemoBody: Sendable, Equatable {
    /// The request.
    var request: Int
    /// What it is, once that is known.
    var label: String?

    /// A body.
    init(_ request: Int, _ label: String? = nil) {
        self.request = request
        self.label = label
    }

    /// Reads a body; nil when it is none.
    init?(_ text: String) {
        let fields = text.split(separator: " ")
        guard (1...2).contains(fields.count), let request = Int(fields[0]) else { return nil }
        self.init(request, fields.count == 2 ? String(fields[1]) : nil)
    }

    /// What is published.
    var bytes: [UInt8] { Array((label.map { "\(request) \($0)" } ?? "\(request)").utf8) }
}

extension Message {
    /// The body of a message of the demonstration.
    ///
    /// - Throws: `HandlerFailure` that makes anything else a dead letter.
    func demoBody() throws -> DemoBody {
        guard let body = DemoBody(String(decoding: body, as: UTF8.self)) else {
            throw HandlerFailure.reject(code: "not-a-request")
        }
        return body
    }
}
