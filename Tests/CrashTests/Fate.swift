// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What may be so with one message, by what was confirmed.
struct Fate: Sendable {
    /// The verdicts that do not contradict it, while no consumer has a lease.
    var possible: Set<String>
    var offset: Int?
    /// Whether it can come back by itself: a short delay, or a redrive that goes on behind its reply.
    var isMoving = false
    /// Whether its time is over soon.
    var isShort = false
    /// Whether that was so when it was published, whatever a person or a redrive has done since.
    var wasShort = false
    /// When it may be due, as long as it is scheduled.
    var dues: Set<Int> = []
    /// What was last done to it and seen of it, for a complaint.
    var story: [String] = []

    /// Remembers what was done or seen.
    mutating func note(_ line: String) {
        story.append(line)
        if story.count > 20 { story.removeFirst() }
    }

    /// Everything that either allows.
    func merged(_ other: Fate) -> Fate {
        Fate(
            possible: possible.union(other.possible), offset: offset ?? other.offset,
            isMoving: isMoving || other.isMoving, isShort: isShort || other.isShort,
            wasShort: wasShort || other.wasShort, dues: dues.union(other.dues), story: other.story)
    }

    /// What is so once it waits for its turn.
    func open() -> Fate {
        var fate = with(isShort ? ["waiting", "expired"] : ["waiting"])
        fate.isMoving = false
        return fate
    }

    /// What is so once a settle has named its end or its delay.
    func with(_ possible: Set<String>, isMoving: Bool = false) -> Fate {
        var fate = self
        fate.possible = possible
        fate.isMoving = isMoving
        fate.dues = []
        return fate
    }

    /// What is so while it waits for a time.
    func deferred(briefly: Bool) -> Fate {
        let ends: Set<String> = isShort ? ["expired"] : []
        return with(ends.union(briefly ? ["deferred", "waiting"] : ["deferred"]), isMoving: briefly)
    }

    /// What is so once the subscription was moved to a place, 1 or behind it.
    func sought(_ place: Int) -> Fate {
        var fate = self
        fate.isShort = wasShort
        if let offset, offset >= place, possible != ["not-found"] { return fate.open() }
        fate.isShort = isShort
        let skipped = possible.isDisjoint(with: ["waiting", "deferred", "parked"]) ? possible : ["before-start"]
        let kept = possible.subtracting(["waiting", "deferred", "parked"])
        fate.possible = skipped.union(kept)
        // A redrive goes on.
        if isMoving, possible.isSuperset(of: ["dead", "waiting"]) { fate.possible.insert("waiting") }
        // One whose offset is not known yet may be on either side.
        if offset == nil, possible.contains("waiting") { fate.possible.formUnion(possible.union(open().possible)) }
        return fate
    }

    /// What is left to be possible once a verdict was seen after a restart.
    func seen(_ verdict: String) -> Fate {
        var fate = self
        fate.possible = [verdict]
        let passing: Set<String> = ["waiting", "deferred", "scheduled"]
        if isMoving, possible.contains("waiting"), passing.union(["dead"]).contains(verdict) {
            fate.possible.insert("waiting")
        }
        if isShort, passing.contains(verdict) { fate.possible.insert("expired") }
        fate.isMoving = isMoving && fate.possible.contains("waiting") && verdict != "waiting"
        return fate
    }
}
