// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import MartletModel
import NIOCore

/// Answers requests: looks whether they may come in, finds their route, and does what it says.
struct AdminResponder: HTTPResponder {
    /// What a request comes with.
    struct Context: InitializableFromSource, Sendable {
        let channel: any Channel

        init(source: ApplicationRequestContextSource) { channel = source.channel }
    }

    private let configuration: AdminConfiguration
    private let callers: CallerDirectory
    private let routes: RouteTable
    private let guardian: RequestGuard
    private let site: AdminSite

    init(configuration: AdminConfiguration, callers: CallerDirectory, routes: RouteTable) {
        self.configuration = configuration
        self.callers = callers
        self.routes = routes
        guardian = RequestGuard(configuration)
        site = AdminSite(configuration: configuration, callers: callers, desks: SurveyDesks(), routes: routes)
    }

    func respond(to request: Request, context: Context) async throws -> Response {
        let isHead = request.method == .head
        do {
            return try await answer(request, context).response(isHead: isHead)
        } catch let refusal as Refusal {
            var answer = AdminAnswer(refusal)
            if refusal.code == .auth { answer.headers[.wwwAuthenticate] = "Bearer" }
            return closing(answer, refusal, context, isHead: isHead)
        } catch let failure as RouteFailure {
            return failure.answer.response(isHead: isHead)
        }
    }

    private func answer(_ request: Request, _ context: Context) async throws -> AdminAnswer {
        let (path, query) = Self.split(request.head.path ?? "")
        let isHealth = path.hasPrefix("/health/")
        if !isHealth { try guardian.check(request) }
        let method: HTTPRequest.Method = request.method == .head ? .get : request.method
        if method == .get, let file = ConsoleFiles.shared[String(path)] { return file.answer(to: request) }
        let (route, fields) = try routes.find(method, path)
        var call = Call(request: request, site: site, path: fields, pause: Pause(on: context.channel.eventLoop))
        if route.access == .users { call.caller = try callers.caller(of: request) }
        call.query = try Self.fields(of: query)
        if method != .get { call.body = try BodyValue.members(of: try await body(of: request, pause: call.pause)) }
        return try await route.run(call)
    }

    private func body(of request: Request, pause: Pause) async throws -> [UInt8] {
        let limit = configuration.maxBody
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw Self.tooLarge(limit)
        }
        let time = configuration.requestTimeout
        return try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask {
                var bytes: [UInt8] = []
                for try await part in request.body {
                    guard bytes.count + part.readableBytes <= limit else { throw Self.tooLarge(limit) }
                    bytes.append(contentsOf: part.readableBytesView)
                }
                return bytes
            }
            group.addTask {
                _ = await pause.wait(time)
                throw Refusal(.timeout, "body: it did not come in time")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }

    private static func tooLarge(_ limit: Int) -> Refusal {
        Refusal(.tooLarge, "body: expected at most \(limit) bytes")
    }

    /// A response behind which the connection ends when the rest of the request is not wanted.
    private func closing(_ answer: AdminAnswer, _ refusal: Refusal, _ context: Context, isHead: Bool) -> Response {
        guard refusal.code == .tooLarge || refusal.code == .timeout, case .bytes(let bytes) = answer.body else {
            return answer.response(isHead: isHead)
        }
        var answer = answer
        answer.headers[.connection] = "close"
        answer.headers[.contentLength] = "\(bytes.count)"
        let channel = context.channel
        answer.body = .stream { writer in
            try await writer.write(ByteBuffer(bytes: bytes))
            channel.close(promise: nil)
        }
        return answer.response(isHead: isHead)
    }

    private static func split(_ target: String) -> (path: Substring, query: Substring) {
        guard let mark = target.firstIndex(of: "?") else { return (target[...], "") }
        return (target[..<mark], target[target.index(after: mark)...])
    }

    private static func fields(of query: Substring) throws(Refusal) -> [String: [UInt8]] {
        var fields: [String: [UInt8]] = [:]
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentText.bytes(parts[0], isQuery: true),
                let value = PercentText.bytes(parts.count > 1 ? parts[1] : "", isQuery: true)
            else { throw Refusal(.badOption, "query: a % is not followed by two digits") }
            let text = String(decoding: name, as: UTF8.self)
            guard fields.updateValue(value, forKey: text) == nil else {
                throw Refusal(.badOption, "\(text.prefix(64)): given twice")
            }
        }
        return fields
    }
}
