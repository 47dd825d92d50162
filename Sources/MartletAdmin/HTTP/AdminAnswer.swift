// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import MartletBroker
import MartletModel
import MartletService

/// What a request is answered.
struct AdminAnswer: Sendable {
    /// The status.
    var status: HTTPResponse.Status = .ok
    /// The media type of the body.
    var type = "application/json"
    /// The body.
    var body: Body
    /// Headers besides those that every answer has.
    var headers: HTTPFields = [.cacheControl: "no-store"]

    /// The body of an answer.
    enum Body: Sendable {
        /// Bytes that are there.
        case bytes([UInt8])
        /// Bytes that are there already as a buffer.
        case buffer(ByteBuffer)
        /// Bytes that come with time; the stream ends when the closure returns.
        case stream(@concurrent @Sendable (inout any ResponseBodyWriter) async throws -> Void)
    }

    /// An answer in JSON.
    init(json: [UInt8], status: HTTPResponse.Status = .ok) {
        self.status = status
        body = .bytes(json)
    }

    /// An answer in JSON, written here.
    init(status: HTTPResponse.Status = .ok, _ write: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        write(&writer)
        self.init(json: writer.bytes, status: status)
    }

    /// Any other answer.
    init(type: String, _ body: Body) {
        self.type = type
        self.body = body
    }

    /// The answer that tells why something is not done.
    init(_ refusal: Refusal) {
        self.init(status: refusal.code.status) { writer in
            writer.object { writer in
                writer.name("error")
                writer.object { writer in
                    writer.member("code", refusal.code.rawValue)
                    writer.member("message", refusal.text)
                }
            }
        }
    }

    /// The answer for what the broker said; `count` is what a number stands for.
    init(_ answer: QuestionAnswer, count: StaticString) {
        switch answer {
        case .done: self.init { $0.object { $0.member("ok", true) } }
        case .number(let number): self.init { $0.object { $0.member(count, number) } }
        case .published(let offset): self.init { $0.object { $0.member("offset", offset) } }
        case .reply(.scheduled(let due)): self.init { $0.object { $0.member("due", due) } }
        case .reply(let reply): self.init(json: reply.json ?? Array("{}".utf8))
        }
    }

    /// The response to send.
    func response(isHead: Bool) -> Response {
        var headers = headers
        headers[.contentType] = type
        for (name, value) in Self.protection { headers[name] = value }
        switch body {
        case .bytes(let bytes): return Self.response(status, headers, ByteBuffer(bytes: bytes), isHead)
        case .buffer(let buffer): return Self.response(status, headers, buffer, isHead)
        case .stream(let write):
            guard !isHead else { return Response(status: status, headers: headers) }
            let body = ResponseBody { writer in
                try await write(&writer)
                try await writer.finish(nil)
            }
            return Response(status: status, headers: headers, body: body)
        }
    }

    private static func response(
        _ status: HTTPResponse.Status, _ headers: HTTPFields, _ buffer: ByteBuffer, _ isHead: Bool
    ) -> Response {
        let response = Response(status: status, headers: headers, body: ResponseBody(byteBuffer: buffer))
        return isHead ? response.createHeadResponse() : response
    }

    /// What keeps other sites away from the answers, and the answers from other sites.
    private static let protection: [(HTTPField.Name, String)] = {
        // Text cannot become markup or code: a page that tried would be stopped.
        let policy = [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
            "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ].joined(separator: "; ")
        return [
            (.contentSecurityPolicy, policy), (.xContentTypeOptions, "nosniff"),
            (.crossOriginResourcePolicy, "same-origin"),
        ]
    }()
}

extension ErrorCode {
    /// The status that says the same in HTTP.
    var status: HTTPResponse.Status {
        switch self {
        case .auth: .unauthorized
        case .denied: .forbidden
        case .unknownTopic, .unknownSubscription, .unknownConsumer, .unknownMessage: .notFound
        case .exists, .conflict, .idConflict, .version, .leaseLost: .conflict
        case .tooLarge: .contentTooLarge
        case .timeout: .requestTimeout
        case .limit, .full, .busy, .shuttingDown: .serviceUnavailable
        case .internal: .internalServerError
        default: .badRequest
        }
    }
}
