// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// What a `FaultyLink` has seen and what it has thrown, since it was started.
public struct FaultCounts: Sendable, Equatable {
    /// Connections that were taken.
    public var connections = 0
    /// Whole frames that came from clients.
    public var clientFrames = 0
    /// Whole frames that came from the broker.
    public var brokerFrames = 0
    /// Connections that were dropped, those for a lost reply not included.
    public var drops = 0
    /// Replies that were lost together with their connection.
    public var lostReplies = 0
    /// `PUB` frames that reached the broker twice.
    public var repeatedPublishes = 0
    /// `MSG` frames that reached the client twice.
    public var repeatedMessages = 0
    /// `MSG` frames that were overtaken by a later one.
    public var reorderedMessages = 0
    /// Frames that had to wait, because of `hold` or `delay`.
    public var delayedFrames = 0
    /// Frames that wait at this moment, because of `hold` or `delay`.
    public var waitingFrames = 0

    /// All faults that were thrown.
    public var faults: Int {
        drops + lostReplies + repeatedPublishes + repeatedMessages + reorderedMessages + delayedFrames
    }

    init() {}
}
