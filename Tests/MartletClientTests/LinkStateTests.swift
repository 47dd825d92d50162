// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletModel
import Testing

@testable import MartletClient

/// The life of a link, from connection to connection.
struct LinkStateTests {
    private static let hosts = ["a", "b", "c"].map { ClientConfiguration.Address(host: $0, port: 1) }

    private func state(_ count: Int = 1, attempts: Int? = nil, most: Duration = .milliseconds(800)) -> LinkState {
        var configuration = ClientConfiguration(addresses: Array(Self.hosts.prefix(count)))
        configuration.backoff = ClientConfiguration.Backoff(least: .milliseconds(100), most: most)
        configuration.maxConnectAttempts = attempts
        return LinkState(configuration)
    }

    private func opened(_ count: Int = 1, attempts: Int? = nil) -> LinkState {
        var state = state(count, attempts: attempts)
        _ = state.start()
        state.opened()
        return state
    }

    @Test func `addresses are tried in turn, from the first`() {
        var state = state(3)
        var tried = [state.start()]
        for _ in 0..<4 {
            _ = state.connectionEnded(hasWork: false, random: 0)
            tried.append(state.retry())
        }
        #expect(tried == [0, 1, 2, 0, 1].map { LinkState.Action.connect(Self.hosts[$0]) })
    }

    @Test func `a lost conversation goes on at the next address`() {
        var state = opened(2)
        #expect(state.phase == .open)
        _ = state.connectionEnded(hasWork: false, random: 0)
        #expect(state.retry() == .connect(Self.hosts[1]))
    }

    @Test func `the wait grows when all addresses were tried, up to its limit`() {
        var state = state(2)
        _ = state.start()
        var waits: [LinkState.Action] = []
        for _ in 0..<12 {
            waits.append(state.connectionEnded(hasWork: false, random: 0))
            _ = state.retry()
        }
        let expected: [Int64] = [50, 50, 100, 100, 200, 200, 400, 400, 400, 400, 400, 400]
        #expect(waits == expected.map { .wait(milliseconds: $0) })
    }

    @Test func `the wait begins anew after a conversation`() {
        var state = state()
        _ = state.start()
        for _ in 0..<5 {
            _ = state.connectionEnded(hasWork: false, random: 0)
            _ = state.retry()
        }
        state.opened()
        #expect(state.connectionEnded(hasWork: false, random: 0) == .wait(milliseconds: 50))
    }

    @Test func `waits are spread between the half and the whole`() {
        var random = SeededRandom(seed: 7)
        var waits: [Int64: Int] = [:]
        for _ in 0..<10_000 {
            var state = opened()
            guard case .wait(let milliseconds) = state.connectionEnded(hasWork: true, random: random.next()) else {
                return #expect(Bool(false))
            }
            waits[milliseconds, default: 0] += 1
        }
        #expect(waits.keys.min() == 50 && waits.keys.max() == 100 && waits.count == 51)
        // No moment gets more than twice its share.
        #expect(waits.values.allSatisfy { $0 < 2 * 10_000 / 51 })
    }

    @Test func `whatever the random number, the wait is within the limits`() {
        for random in [0, 1, .max, .max - 1, 1 << 63] as [UInt64] {
            var state = state(most: .milliseconds(100))
            _ = state.start()
            guard case .wait(let milliseconds) = state.connectionEnded(hasWork: true, random: random) else {
                return #expect(Bool(false))
            }
            #expect((50...100).contains(milliseconds))
        }
    }

    @Test func `attempts have a limit, which a lost conversation does not count towards`() {
        var fresh = state(attempts: 2)
        _ = fresh.start()
        #expect(fresh.connectionEnded(hasWork: true, random: 0) == .wait(milliseconds: 50))
        _ = fresh.retry()
        #expect(fresh.connectionEnded(hasWork: true, random: 0) == .end(failed: true))
        #expect(fresh.phase == .ended)

        var lost = opened(attempts: 1)
        #expect(lost.connectionEnded(hasWork: true, random: 0) == .wait(milliseconds: 50))
        _ = lost.retry()
        #expect(lost.connectionEnded(hasWork: true, random: 0) == .end(failed: true))
    }

    @Test func `draining ends at once where nothing is to be done`() {
        var idle = state()
        #expect(idle.drain(hasWork: true) == .end(failed: false))
        var connecting = state()
        _ = connecting.start()
        #expect(connecting.drain(hasWork: false) == .end(failed: false))
        var waiting = opened()
        _ = waiting.connectionEnded(hasWork: false, random: 0)
        #expect(waiting.drain(hasWork: false) == .end(failed: false))
        #expect(waiting.retry() == .nothing)
    }

    @Test func `draining goes on while there is work`() {
        var state = state()
        _ = state.start()
        #expect(state.drain(hasWork: true) == .nothing)
        #expect(state.connectionEnded(hasWork: true, random: 0) == .wait(milliseconds: 50))
        #expect(state.retry() == .connect(Self.hosts[0]))
        #expect(state.connectionEnded(hasWork: false, random: 0) == .end(failed: false))
    }

    @Test func `an open link that drains says goodbye and is over`() {
        var state = opened()
        #expect(state.drain(hasWork: false) == .nothing)
        state.leave()
        #expect(state.phase == .leaving)
        #expect(state.connectionEnded(hasWork: true, random: 0) == .end(failed: false))
        #expect(state.connectionEnded(hasWork: true, random: 0) == .nothing)
        #expect(state.start() == .nothing)
    }

    @Test func `events at the wrong time change nothing`() {
        var state = state()
        state.opened()
        state.leave()
        #expect(state.retry() == .nothing)
        #expect(state.phase == .idle)
        #expect(state.connectionEnded(hasWork: true, random: 0) == .nothing)
        _ = state.start()
        #expect(state.start() == .nothing)
        _ = state.connectionEnded(hasWork: true, random: 0)
        state.opened()
        #expect(state.phase == .waiting)
    }

    @Test func `durations are whole milliseconds and never trap`() {
        #expect(Duration.microseconds(1_999).milliseconds == 1)
        #expect(Duration.seconds(Int64.max).milliseconds == Int64.max)
        #expect(Duration.seconds(Int64.min).milliseconds == Int64.min)
    }
}
