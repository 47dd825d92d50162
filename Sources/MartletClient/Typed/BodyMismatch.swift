// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// Bytes are not what their type wants: what is wrong, and where.
public struct BodyMismatch: Error, Hashable, CustomStringConvertible {
    /// Where in the value, such as `items[2].price`; empty for the value as a whole.
    public let place: String
    /// What is wrong there, for people.
    public let problem: String

    /// Makes a mismatch.
    public init(place: String = "", problem: String) {
        self.place = place
        self.problem = problem
    }

    /// The place and the problem.
    public var description: String { place.isEmpty ? problem : "\(place): \(problem)" }
}
