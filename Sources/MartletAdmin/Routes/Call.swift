// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import MartletBroker
import MartletModel
import MartletProtocol
import MartletService

/// One request on its way through a route.
struct Call: Sendable {
    let request: Request
    let site: AdminSite
    /// What the path named.
    let path: [String: [UInt8]]
    /// What it waits with.
    let pause: Pause
    /// What the query named.
    var query: [String: [UInt8]] = [:]
    /// What the body named.
    var body: [String: BodyValue] = [:]
    /// Who asks; nil where anybody may.
    var caller: Caller?

    init(request: Request, site: AdminSite, path: [String: [UInt8]], pause: Pause) {
        self.request = request
        self.site = site
        self.path = path
        self.pause = pause
    }

    /// Asks the broker.
    func ask(_ command: Command) async throws -> QuestionAnswer {
        guard let caller else { throw Refusal(.auth, "expected a token") }
        return try await caller.ask(command)
    }

    /// Asks the broker what a line of the protocol says, so that the rules of the wire hold here too.
    func ask(_ line: WireLine) async throws -> QuestionAnswer { try await ask(line.command()) }

    /// A part of the path as text.
    func text(_ name: String) -> String { String(decoding: path[name] ?? [], as: UTF8.self) }

    /// Everything that is known of all topics and subscriptions, as it is now.
    func survey() async throws -> FullSurvey {
        guard let caller else { throw Refusal(.auth, "expected a token") }
        return try await site.desks.desk(of: caller).fresh(caller)
    }

    /// A number that a field may say.
    ///
    /// - Throws: `Refusal` when it is outside its range.
    func number(
        _ name: String, in values: [String: WireValue], usual: UInt64, _ range: ClosedRange<UInt64>
    ) throws(Refusal) -> UInt64 {
        guard let value = values[name]?.bytes else { return usual }
        guard let number = UInt64(String(decoding: value, as: UTF8.self)), range.contains(number) else {
            throw Refusal(
                .badOption, "\(name): expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The values of fields as the wire has them.
    ///
    /// - Throws: `Refusal` when a field is unknown, missing or malformed.
    func values(of fields: [Field], from place: Field.Place) throws(Refusal) -> [String: WireValue] {
        let given = place == .query ? Array(query.keys) : Array(body.keys)
        for name in given.sorted() where !fields.contains(where: { $0.name == name }) {
            let names = fields.map(\.name).joined(separator: ", ")
            let expected = names.isEmpty ? "nothing" : "one of \(names)"
            throw Refusal(.badOption, "\(name.prefix(64)): expected \(expected)")
        }
        var values: [String: WireValue] = [:]
        for field in fields {
            var value: WireValue?
            switch place {
            case .query: if let given = query[field.name] { value = try field.wire(given) }
            case .body: if let given = body[field.name] { value = try field.wire(given) }
            }
            value = value ?? field.usual.map { WireValue($0) }
            if value == nil, field.isRequired { throw Refusal(.badArgument, "\(field.name): it is missing") }
            values[field.name] = value
        }
        return values
    }
}
