// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// What a step has read and what it is to change; holds no connection.
struct StepChanges: Sendable {
    /// Where a record is.
    struct Place: Sendable, Hashable {
        var space: String
        var key: String
    }

    /// One thing that is done at the commit.
    enum Operation: Sendable {
        case set(Place, value: [UInt8], version: RecordVersion, ttl: Duration?)
        case unset(Place, version: RecordVersion)
        case publish(Draft)
        /// What the broker is told as it is, or why that cannot be written.
        case command(Result<Command, ClientError>)

        /// The record that it changes, if it changes one.
        var place: Place? {
            switch self {
            case .set(let place, _, _, _), .unset(let place, _): place
            case .publish, .command: nil
            }
        }
    }

    /// A record as the broker had it when the step asked.
    private struct Reading: Sendable {
        var record: Record?
        var isChecked: Bool

        /// 0 when there was none.
        var version: UInt64 { record?.version ?? 0 }
    }

    /// What a step knows of a record without asking the broker.
    enum Knowledge {
        case known(Record?)
        case unknown
    }

    /// What is done at the commit, in its order.
    private(set) var operations: [Operation] = []
    private var readings: [Place: Reading] = [:]
    /// The records that were read, in the order of their first reading.
    private var places: [Place] = []

    /// What the step itself has made of a record, or else what it has read before.
    ///
    /// - Parameter isChecked: whether what was read is to be checked at the commit.
    mutating func knowledge(of place: Place, isChecked: Bool) -> Knowledge {
        if isChecked { readings[place]?.isChecked = true }
        switch operations.last(where: { $0.place == place }) {
        // It has no version and no time before it is committed.
        case .set(_, let value, _, _): return .known(Record(version: 0, value: value))
        case .unset: return .known(nil)
        case .publish, .command, nil: return readings[place].map { .known($0.record) } ?? .unknown
        }
    }

    /// Takes what the broker has of a record; only the first answer counts, so that the step sees one state of it.
    ///
    /// - Returns: what the handler is to see.
    mutating func read(_ record: Record?, at place: Place, isChecked: Bool) -> Record? {
        // Another task of the handler may have been faster.
        if case .known(let known) = knowledge(of: place, isChecked: isChecked) { return known }
        readings[place] = Reading(record: record, isChecked: isChecked)
        places.append(place)
        return record
    }

    /// Sets a record; one that was read must have the version that was read.
    mutating func set(_ place: Place, to value: [UInt8], ttl: Duration?) {
        let version = expectedVersion(at: place)
        drop(place)
        operations.append(.set(place, value: value, version: version, ttl: ttl))
    }

    /// Removes a record; one that was read must have the version that was read, and none is left alone.
    mutating func remove(_ place: Place) {
        let version = expectedVersion(at: place)
        drop(place)
        guard version != .exactly(0) else { return }
        operations.append(.unset(place, version: version))
    }

    /// Publishes a message.
    mutating func publish(_ draft: Draft) {
        operations.append(.publish(draft))
    }

    /// Tells the broker something.
    mutating func tell(_ command: Result<Command, ClientError>) {
        operations.append(.command(command))
    }

    /// The records that were read and are not changed, with the versions that they must still have.
    var checks: [(place: Place, version: UInt64)] {
        let changed = Set(operations.compactMap(\.place))
        return places.compactMap { place in
            guard let reading = readings[place], reading.isChecked, !changed.contains(place) else { return nil }
            return (place, reading.version)
        }
    }

    private func expectedVersion(at place: Place) -> RecordVersion {
        readings[place].map { .exactly($0.version) } ?? .any
    }

    /// Drops earlier changes of a record, which would not be seen outside of the step.
    private mutating func drop(_ place: Place) {
        operations.removeAll { $0.place == place }
    }
}
