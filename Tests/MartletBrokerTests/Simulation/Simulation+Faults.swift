// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel

// What goes wrong.
extension Simulation {
    private static let hour: Int64 = 3_600_000

    /// One thing goes wrong, and the next some time later.
    func fail() throws {
        events.add(.fault, at: clock.time + draw(0...2 * faultPace))
        guard let fault = pick(faults) else { return }
        note("fault: \(fault)")
        switch fault {
        case .cutLink:
            if let link = pick(clients.compactMap(\.link)) { cut(link) }
        case .stall: stall = draw(100...10_000)
        case .crash: try crash()
        case .crashInCommit: crashesInCommit = true
        case .commitFails: commitFails = true
        case .stop:
            process?.isStopping = true
            if case .idle = process?.phase { try goOn() }
        case .full: store.isFull.toggle()
        case .clock: setClock()
        case .clockBeforeStart:
            try crash()
            setClock()
        case .years:
            if isOne(in: 2) { try crash() }
            setClock(years: true)
        case .slowClient:
            if let client = pick(clients) { events.add(.clientActs(client.place), at: clock.time) }
        }
    }

    /// How far the clock may run ahead.
    private static let furthest = 24 * hour

    /// The machine's clock becomes wrong, or right again.
    private func setClock(years: Bool = false) {
        if isOne(in: 3) {
            clock.set(error: 0)
        } else if years {
            let year = 365 * 24 * Self.hour
            clock.set(
                error: isOne(in: 3)
                    ? SimulatedClock.forgotten : Int64.random(in: -20 * year...20 * year, using: &random))
        } else {
            clock.set(error: Int64.random(in: -Self.hour...Self.furthest, using: &random))
        }
        note("the clock is \(clock.error) ms wrong")
    }

    /// A connection breaks: of what is on its way in each direction some arrives, and each side notices in its time.
    func cut(_ link: Link) {
        note("link \(link.id) is cut")
        let most = link.delay.upperBound
        link.cut(toBroker: clock.time + draw(0...most), toClient: clock.time + draw(0...most))
        tellEnd(of: link)
    }

    /// Lets both sides notice the end of a link: the client soon, the broker perhaps a heartbeat later.
    func tellEnd(of link: Link) {
        guard !link.isEndTold else { return }
        link.isEndTold = true
        let atClient = max(clock.time + draw(0...2_000), link.cut?.toClient ?? 0)
        events.add(.clientMissesLink(link), at: atClient)
        let late = isOne(in: 3) ? draw(0...60_000) : draw(0...100)
        events.add(.reachesBroker(link, .end), at: link.endAtBroker(noticed: clock.time + late))
    }
}
