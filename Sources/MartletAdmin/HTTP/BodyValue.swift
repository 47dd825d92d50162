// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import MartletModel

/// A member of the JSON object that a request carries.
enum BodyValue: Decodable, Equatable {
    case text(String)
    case number(UInt64)
    case flag(Bool)
    case list([BodyValue])
    /// The same as if it were not there.
    case null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(UInt64.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .list(try container.decode([BodyValue].self))
        }
    }

    /// The members of a request's body; an empty body has none.
    static func members(of body: [UInt8]) throws(Refusal) -> [String: BodyValue] {
        guard !body.isEmpty else { return [:] }
        do {
            return try JSONDecoder().decode([String: BodyValue].self, from: Data(body))
        } catch {
            throw Refusal(
                .badArgument, "body: expected a JSON object of texts, whole numbers, true, false and lists of them")
        }
    }
}
