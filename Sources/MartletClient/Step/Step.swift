// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
import MartletModel

/// What a handler changes in Martlet, collected while it runs and carried out in one transaction with the ack.
///
/// A step belongs to one run of its handler; what is added after that run has no effect.
public final class Step: Sendable {
    private struct State {
        var changes = StepChanges()
        var receipt: String? = Client.done
        var keep: Duration?
    }

    let holding: Holding
    private let state: Lock<State>

    init(_ holding: Holding, keep: Duration?) {
        self.holding = holding
        state = Lock(State(keep: keep))
    }

    /// What is to be committed.
    var changes: StepChanges { state.withLock { $0.changes } }
    /// The outcome that is written for the message, and how long it is kept.
    var outcome: (receipt: String?, keep: Duration?) { state.withLock { ($0.receipt, $0.keep) } }

    /// Reads a record as this step leaves it.
    ///
    /// What the step has set or removed before is seen: such a record has its new value and, as long as it is not
    /// committed, version and time 0. Any other record is asked for once, and then stays as it was for the rest of the
    /// step. The commit succeeds only while the record has the version that was read, or while there is none, whether
    /// the step then changes it or not; otherwise the handler runs again.
    ///
    /// - Parameters:
    ///   - space: The space of the record.
    ///   - key: The key of the record.
    ///   - checked: Whether the commit looks at a record that the step only reads. What a step changes is looked at
    ///     in any case.
    /// - Throws: as `Client.record` does.
    public func record(_ space: String, _ key: String, checked: Bool = true) async throws -> Record? {
        let place = StepChanges.Place(space: space, key: key)
        let knowledge = state.withLock { $0.changes.knowledge(of: place, isChecked: checked) }
        if case .known(let record) = knowledge { return record }
        let record = try await holding.client.record(space, key)
        return state.withLock { $0.changes.read(record, at: place, isChecked: checked) }
    }

    /// Sets a record: one that was read in this step has to have the version that was read, one that was not may
    /// have any.
    ///
    /// What is set twice is set to the last value, under the condition of the first.
    ///
    /// - Parameters:
    ///   - space: The space of the record.
    ///   - key: The key of the record.
    ///   - value: At most 65,536 bytes.
    ///   - ttl: After which time it expires; nil means never.
    public func set(_ space: String, _ key: String, to value: [UInt8], ttl: Duration? = nil) {
        state.withLock { $0.changes.set(StepChanges.Place(space: space, key: key), to: value, ttl: ttl) }
    }

    /// Removes a record; one that was read in this step has to have the version that was read.
    ///
    /// A record that was read and was absent is left alone.
    public func remove(_ space: String, _ key: String) {
        state.withLock { $0.changes.remove(StepChanges.Place(space: space, key: key)) }
    }

    /// Publishes a message when the step is committed.
    ///
    /// It needs no id: the step happens once or not at all.
    public func publish(_ draft: Draft) {
        state.withLock { $0.changes.publish(draft) }
    }

    /// Tells the broker something when the step is committed.
    func tell(_ command: Result<Command, ClientError>) {
        state.withLock { $0.changes.tell(command) }
    }

    /// Sets the outcome that is written for the message, or nil for none.
    ///
    /// `done`, which is written by default, means that the handler does not run again for this message.
    ///
    /// - Parameters:
    ///   - outcome: 1 to 200 bytes without spaces and control characters.
    ///   - keep: How long it is kept; the broker's default is 7 days.
    public func receipt(_ outcome: String?, keep: Duration? = nil) {
        state.withLock {
            $0.receipt = outcome
            if let keep { $0.keep = keep }
        }
    }
}
