// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletClient

/// What a step sees of what it has done, and what its commit rests on.
struct StepChangesTests {
    private let place = StepChanges.Place(space: "sums", key: "ann")
    private let other = StepChanges.Place(space: "sums", key: "bob")

    /// What is known of a record: its value, "none", or "ask".
    private func known(_ changes: inout StepChanges, _ place: StepChanges.Place, isChecked: Bool = true) -> String {
        switch changes.knowledge(of: place, isChecked: isChecked) {
        case .known(let record?): "\(record.value) \(record.version)"
        case .known(nil): "none"
        case .unknown: "ask"
        }
    }

    private func describe(_ changes: StepChanges) -> [String] {
        changes.checks.map { "check \($0.place.key) \($0.version)" }
            + changes.operations.map { operation in
                switch operation {
                case .set(let place, let value, let version, _): "set \(place.key) \(value) \(version)"
                case .unset(let place, let version): "unset \(place.key) \(version)"
                case .command(let command): "command \((try? command.get()) != nil)"
                case .publish(let draft): "publish \(draft.topic)"
                }
            }
    }

    @Test func `what was set is seen, without a version before it is committed`() {
        var changes = StepChanges()
        #expect(known(&changes, place) == "ask")
        changes.set(place, to: [1], ttl: nil)
        #expect(known(&changes, place) == "[1] 0")
        changes.set(place, to: [2], ttl: nil)
        #expect(known(&changes, place) == "[2] 0")
        changes.remove(place)
        #expect(known(&changes, place) == "none")
        #expect(describe(changes) == ["unset ann any"])
    }

    @Test func `what is set twice is set under the condition of what was read`() {
        var changes = StepChanges()
        _ = changes.read(Record(version: 3, value: [9]), at: place, isChecked: true)
        changes.set(place, to: [1], ttl: nil)
        #expect(known(&changes, place) == "[1] 0")
        changes.set(place, to: [2], ttl: nil)
        #expect(describe(changes) == ["set ann [2] exactly(3)"])
        changes.remove(place)
        #expect(describe(changes) == ["unset ann exactly(3)"])
        changes.set(place, to: [4], ttl: nil)
        #expect(describe(changes) == ["set ann [4] exactly(3)"])
    }

    @Test func `what was read is read once, and its first state counts`() {
        var changes = StepChanges()
        #expect(changes.read(Record(version: 3, value: [9]), at: place, isChecked: true)?.version == 3)
        #expect(known(&changes, place) == "[9] 3")
        #expect(changes.read(Record(version: 4, value: [8]), at: place, isChecked: true)?.version == 3)
        changes.set(other, to: [1], ttl: nil)
        // The broker's answer comes behind what the handler has set meanwhile.
        #expect(changes.read(nil, at: other, isChecked: true)?.value == [1])
        #expect(describe(changes) == ["check ann 3", "set bob [1] any"])
    }

    @Test func `what was only read is checked, an absence too, unless the step says otherwise`() {
        var changes = StepChanges()
        _ = changes.read(nil, at: place, isChecked: true)
        _ = changes.read(Record(version: 2, value: []), at: other, isChecked: false)
        #expect(describe(changes) == ["check ann 0"])
        // What rests on it once rests on it.
        #expect(known(&changes, other) == "[] 2")
        #expect(known(&changes, other, isChecked: false) == "[] 2")
        #expect(describe(changes) == ["check ann 0", "check bob 2"])
    }

    @Test func `what was read without a check and is set must have the version that was read`() {
        var changes = StepChanges()
        _ = changes.read(Record(version: 2, value: []), at: place, isChecked: false)
        changes.set(place, to: [1], ttl: nil)
        #expect(describe(changes) == ["set ann [1] exactly(2)"])
    }

    @Test func `to remove what was not there is to rest on its absence`() {
        var changes = StepChanges()
        _ = changes.read(nil, at: place, isChecked: true)
        changes.set(place, to: [1], ttl: nil)
        changes.remove(place)
        #expect(known(&changes, place) == "none")
        #expect(describe(changes) == ["check ann 0"])
    }
}
