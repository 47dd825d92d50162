// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What became of a request, as its record in the broker holds it; an answer was published in the same transaction.
struct RequestState: Sendable, Equatable {
    /// What the request is.
    var label: String
    /// Whether a person decided it, not the model.
    var byPerson: Bool

    /// A request that was answered.
    init(label: String, byPerson: Bool) {
        self.label = label
        self.byPerson = byPerson
    }

    /// Reads a record; nil when it is none.
    init?(_ bytes: [UInt8]) {
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard fields.count == 3, fields[0] == "answered", ["model", "person"].contains(fields[2]) else { return nil }
        self.init(label: String(fields[1]), byPerson: fields[2] == "person")
    }

    /// What is written to the record.
    var bytes: [UInt8] { Array("answered \(label) \(byPerson ? "person" : "model")".utf8) }
}
