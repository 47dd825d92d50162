// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel

/// A connection, as the core knows it.
final class Connection {
    let id: ConnectionID
    /// What the client calls itself.
    let client: String
    // SAFETY: as with `pending` below.
    /// What its user may do.
    @exclusivity(unchecked) private(set) var access: Access
    /// Topics of which it is known that its user may publish to them.
    private var publishable: Set<String> = []
    /// Where tags go on counting when a number is used again.
    var nextTags = NextTags()
    /// Its consumers by their numbers.
    var consumers: [UInt64: Consumer] = [:]
    /// The name of its session, by which a later connection can have its leases.
    var session: String
    // SAFETY: as with `pending` below.
    /// What it said since `BEGIN`.
    @exclusivity(unchecked) var transaction: Transaction?
    /// The timer that looks after its transactions.
    let transactionTimer = TimerPlace()
    /// What is left of its commands when a step had no room for them; what comes in behind it waits there.
    var unfinished: UnfinishedCommands?
    /// Whether it is gone, and only what it had said before that is still to be done.
    var isLeaving = false
    /// Consumers whose leases are kept until their client subscribes again or their grace ends.
    var kept: [UInt64: Consumer] = [:]
    /// What its client is told when it comes back: consumers that ended while they were kept.
    var farewells: [Reply] = []
    /// Consumers that those are about.
    var farewellConsumers = 0
    /// The timer that forgets them.
    let farewellTimer = TimerPlace()
    /// When that is, in steady milliseconds.
    var farewellsEnd: UInt64 = 0
    /// Whether it is gone, and only the leases of its consumers are kept for a while.
    var isGone = false
    /// What goes out at the end of this step.
    var ready: Outbox?
    // SAFETY: an access ends with the statement that begins it, and the broker's thread is the only one.
    /// Replies that wait for the commit of this step to be durable.
    @exclusivity(unchecked) var pending: Outbox?
    /// Replies that wait for the commit before that.
    var committed: Outbox?
    /// Whether it has been told more than it has taken, so that its consumers get nothing for now.
    private(set) var isBlocked = false
    /// Since when, in steady milliseconds.
    private(set) var blockedSince: UInt64?
    /// Whether that was told.
    var isToldSlow = false
    /// Whether settles of it are unconfirmed, so that deliveries wait a little to follow their confirmation.
    private(set) var isHeld = false
    /// Bytes of deliveries that it has not taken, as far as is known.
    private(set) var untaken = 0
    /// How many of them it is to tell when they are taken; 0 while it is not asked.
    private var asked = 0
    private var lastSettle: UInt64 = 0
    private var heldUntil: UInt64 = 0

    /// Confirmations for which deliveries wait at most: enough for a consumer that settles what it gets at once to be
    /// answered first, and too few to starve one that settles all the time.
    private static let hold: UInt64 = 3

    /// Topics that are known at most.
    private static let mostPublishable = 1_024

    init(_ id: ConnectionID, client: String, session: String, access: Access) {
        self.id = id
        self.client = client
        self.session = session
        self.access = access
    }

    /// Lets another user speak from now on.
    func speak(as access: Access) {
        guard access !== self.access else { return }
        self.access = access
        publishable = []
    }

    /// Why its user may not publish to a topic; found out once for each topic.
    func refusal(ofPublishTo topic: String) -> Refusal? {
        if access.isAll || publishable.contains(topic) { return nil }
        if let refusal = access.refusal(ofPublishTo: topic) { return refusal }
        if publishable.count >= Self.mostPublishable { publishable = [] }
        publishable.insert(topic)
        return nil
    }

    /// Counts bytes of deliveries; true when the connection is blocked by them.
    func count(bytes: Int, allowance: Int, at now: UInt64) -> Bool {
        untaken += bytes
        guard untaken > allowance, !isBlocked else { return false }
        isBlocked = true
        blockedSince = now
        return true
    }

    /// Has it tell when all that was delivered up to now is taken; false when there is nothing to tell, or it is asked.
    func ask() -> Bool {
        guard asked == 0, untaken > 0 else { return false }
        asked = untaken
        return true
    }

    /// Notes a settle in a step; true when deliveries are held from now on.
    func settled(in step: UInt64, confirmed: UInt64) -> Bool {
        if lastSettle <= confirmed { heldUntil = confirmed + Self.hold }
        lastSettle = step
        guard !isHeld, confirmed < heldUntil else { return false }
        isHeld = true
        return true
    }

    /// Notes what has been confirmed; true while deliveries are still held.
    func confirmed(_ step: UInt64) -> Bool {
        isHeld = lastSettle > step && step < heldUntil
        if !isHeld { heldUntil = step + Self.hold }
        return isHeld
    }

    /// Notes that what it was asked about has been taken, and gives those bytes.
    func drained() -> Int {
        defer { asked = 0 }
        if asked > 0 { (blockedSince, isToldSlow) = (nil, false) }
        untaken -= asked
        return asked
    }

    /// Lets it have deliveries again if no more is untaken than may be.
    func unblock(allowance: Int) {
        if untaken <= allowance { isBlocked = false }
    }
}
