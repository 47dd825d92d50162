// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

/// One connection between a client and the broker's machine: what travels on it arrives in order, or not at all.
final class Link {
    let id: UInt64
    /// The client's place.
    let client: Int
    /// The name that the broker gives to its session.
    var session: String { "session-\(id)" }
    /// How long what is sent takes at least and at most, in milliseconds.
    let delay: ClosedRange<UInt64>

    // What is on its way.
    private var lastToBroker: UInt64 = 0
    private var lastToClient: UInt64 = 0
    private(set) var cut: (toBroker: UInt64, toClient: UInt64)?

    /// Whether the core knows of its end; what it says to the connection then goes nowhere.
    var isClosed = false
    /// Whether the broker's machine has been told of its end.
    var isEndTold = false
    /// Whether nothing that was sent on it will be taken any more.
    var isOver = false
    /// The highest number that the client gave to a consumer.
    var highestNumber: UInt64 = 0
    /// What the client asked that it has not read the answer to.
    var asked: [Request] = []
    /// What the core was handed that it has not answered.
    var owed: [Request] = []

    init(id: UInt64, client: Int, delay: ClosedRange<UInt64>) {
        self.id = id
        self.client = client
        self.delay = delay
    }

    /// When something arrives at the broker that is sent now and takes that long; nil when it is lost with the link.
    func toBroker(at time: UInt64, taking delay: UInt64) -> UInt64? {
        lastToBroker = max(lastToBroker, time + delay)
        if let cut, lastToBroker > cut.toBroker { return nil }
        return lastToBroker
    }

    /// When something arrives at the client.
    func toClient(at time: UInt64, taking delay: UInt64) -> UInt64? {
        lastToClient = max(lastToClient, time + delay)
        if let cut, lastToClient > cut.toClient { return nil }
        return lastToClient
    }

    /// Nothing arrives after these times.
    func cut(toBroker: UInt64, toClient: UInt64) {
        cut = (min(toBroker, cut?.toBroker ?? .max), min(toClient, cut?.toClient ?? .max))
    }

    /// Whether something that was to arrive then did.
    func arrives(atBroker time: UInt64) -> Bool { cut.map { time <= $0.toBroker } ?? true }
    func arrives(atClient time: UInt64) -> Bool { cut.map { time <= $0.toClient } ?? true }

    /// When the broker's machine notices the end of the link, at the earliest: behind all that arrived.
    func endAtBroker(noticed time: UInt64) -> UInt64 { max(time, min(lastToBroker, cut?.toBroker ?? .max)) }
}

/// What travels to the broker.
enum Packet {
    /// The connection begins; it may ask for an earlier session.
    case hello(Request, resuming: String?)
    case requests([Request])
    /// The client's side has taken all that was sent.
    case drained
    /// The connection has ended.
    case end

    var requests: [Request] {
        switch self {
        case .hello(let request, _): [request]
        case .requests(let requests): requests
        case .drained, .end: []
        }
    }
}
