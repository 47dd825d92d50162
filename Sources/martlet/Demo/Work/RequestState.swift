// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Where a request stands: what its record in the broker holds.
enum RequestState: Sendable, Equatable {
    /// The model was not sure, and a person is to decide.
    case waiting
    /// It was decided what the request is, and an answer was published in the same transaction.
    case answered(label: String, byPerson: Bool)

    /// Reads a record; nil when it is none.
    init?(_ bytes: [UInt8]) {
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        switch fields.first {
        case "waiting" where fields.count == 1: self = .waiting
        case "answered" where fields.count == 3 && ["model", "person"].contains(fields[2]):
            self = .answered(label: String(fields[1]), byPerson: fields[2] == "person")
        default: return nil
        }
    }

    /// What is written to the record.
    var bytes: [UInt8] { Array(description.utf8) }
}

extension RequestState: CustomStringConvertible {
    var description: String {
        switch self {
        case .waiting: "waiting"
        case .answered(let label, let byPerson): "answered \(label) \(byPerson ? "person" : "model")"
        }
    }
}
