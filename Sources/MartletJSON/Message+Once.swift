// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

public import MartletClient

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Message {
    /// Makes an outside call and keeps its answer, as JSON, for each further run of the handler for this message.
    ///
    /// Such a run is a redelivery, or a rerun of a step. One that finds the answer does not make the call.
    ///
    ///     let verdict = try await message.once("classify") { try await model.classify(order) }
    ///
    /// What is guaranteed and what it costs is as with `onceBytes`. An answer whose type has changed so that the kept
    /// one does not decode needs another name.
    ///
    /// - Parameters:
    ///   - name: Which of the handler's calls it is: words of A-Z a-z 0-9 _ - joined by dots, at most 200 bytes.
    ///   - keep: How long the answer is kept; without it for 7 days, as receipts are.
    ///   - encoder: What writes the JSON.
    ///   - decoder: What reads the JSON.
    ///   - call: Makes the call. Its answer has at most 65,536 bytes as JSON; a longer one rejects the message.
    /// - Returns: the answer of this call, or of an earlier one.
    /// - Throws: as `onceBytes` does; `EncodingError` when the answer has no form in JSON; `DecodingError` when a kept
    ///   answer is not as the type wants it.
    public func once<Answer: Codable>(
        _ name: String, keep: Duration? = nil, with encoder: JSONEncoder = .martlet(),
        and decoder: JSONDecoder = JSONDecoder(), _ call: () async throws -> Answer
    ) async throws -> Answer {
        let bytes = try await onceBytes(name, keep: keep) { try JSONCoding.encode(try await call(), with: encoder) }
        return try JSONCoding.decode(Answer.self, from: bytes, with: decoder)
    }
}
