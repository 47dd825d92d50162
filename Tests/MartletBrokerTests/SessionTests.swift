// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletBroker
import MartletModel
import Testing

struct SessionTests {
    private func subscribe(_ harness: BrokerHarness, _ connection: UInt64, grace: Int) throws {
        var request = Subscribe(
            consumer: 1, topic: "orders", subscription: "billing", window: 10, from: .earliest)
        request.grace = grace
        try harness.send(connection, .subscribe(request))
    }

    /// A consumer with a grace of 10 s on connection 1 that holds two messages.
    private func broker() throws -> BrokerHarness {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try subscribe(harness, 1, grace: 10_000)
        try harness.publish(1, "orders", "one", "two")
        #expect(harness.got(1).map(\.tag) == [1, 2])
        return harness
    }

    @Test func `leases outlive their connection for the grace, and go back one millisecond later`() throws {
        let harness = try broker()
        try harness.disconnect(1)
        try harness.connect(2)
        try subscribe(harness, 2, grace: 0)
        try harness.pass(9_999)
        #expect(harness.got(2) == [])
        try harness.pass(1)
        #expect(harness.got(2).map(\.offset) == [1, 2])
    }

    @Test func `a session that comes back has its leases, with the same tags`() throws {
        let harness = try broker()
        try harness.disconnect(1)
        try harness.pass(9_999)
        try harness.connect(2, resuming: "session-1")
        try subscribe(harness, 2, grace: 10_000)
        #expect(harness.heard(2) == ["WELCOME session-1", "OK resumed=1,2"])
        try harness.pass(10_000)
        try harness.publish(2, "orders", "three")
        try harness.send(2) { $0.ack(consumer: 1, first: 1, last: 2) }
        #expect(harness.got(2).map(\.tag) == [3])
        #expect(harness.heard(2) == ["OK 3", "OK 2"])
    }

    @Test func `the clock of a lease does not stop for a lost connection`() throws {
        let harness = try broker()
        try harness.pass(25_000)
        try harness.disconnect(1)
        try harness.pass(5_000)
        try harness.connect(2, resuming: "session-1")
        try subscribe(harness, 2, grace: 10_000)
        try harness.send(2) { $0.ack(consumer: 1, first: 1, last: 2) }
        #expect(harness.heard(2) == ["WELCOME session-1", "OK resumed=", "OK 0 lost=1-2"])
    }

    @Test func `a session is taken from a connection that is still open`() throws {
        let harness = try broker()
        try harness.connect(2, resuming: "session-1")
        #expect(harness.heard(1).last == "BYE replaced")
        try subscribe(harness, 2, grace: 10_000)
        #expect(harness.heard(2) == ["WELCOME session-1", "OK resumed=1,2"])
        try harness.disconnect(1)
        try harness.send(2) { $0.ack(consumer: 1, first: 1, last: 2) }
        #expect(harness.heard(2) == ["OK 2"])
    }

    @Test func `what was not subscribed again before the next loss is kept all the same`() throws {
        let harness = try broker()
        try harness.disconnect(1)
        try harness.pass(4_000)
        try harness.connect(2, resuming: "session-1")
        try harness.disconnect(2)
        try harness.pass(4_000)
        try harness.connect(3, resuming: "session-1")
        try subscribe(harness, 3, grace: 10_000)
        #expect(harness.heard(3) == ["WELCOME session-1", "OK resumed=1,2"])
    }

    @Test func `a session that nobody keeps is a new one`() throws {
        let harness = try broker()
        try harness.disconnect(1)
        try harness.pass(10_000)
        try harness.connect(2, resuming: "session-1")
        try harness.connect(3, resuming: "never")
        #expect(harness.heard(2) == ["WELCOME session-2"])
        #expect(harness.heard(3) == ["WELCOME session-3"])
        #expect(try harness.info("orders", "billing").inFlight == 0)
    }

    @Test func `the same number for another subscription gives the kept leases back`() throws {
        let harness = try broker()
        try harness.disconnect(1)
        try harness.connect(2, resuming: "session-1")
        try harness.send(2, .sub(1, "orders", "audit", window: 10))
        #expect(harness.heard(2) == ["WELCOME session-1", "OK created"])
        #expect(try harness.info("orders", "billing").inFlight == 0)
    }

    @Test func `deleting the subscription or saying goodbye ends what is kept`() throws {
        let harness = try broker()
        try harness.disconnect(1)
        try harness.connect(2, resuming: "session-1")
        try harness.send(2, .deleteSubscription(topic: "orders", name: "billing"))
        try subscribe(harness, 2, grace: 10_000)
        #expect(harness.heard(2) == ["WELCOME session-1", "OK", "OK created"])
        #expect(harness.got(2).map(\.offset) == [1, 2])
        try harness.send(2, .bye)
        try harness.disconnect(2)
        #expect(try harness.info("orders", "billing").inFlight == 0)
    }

    @Test func `who comes back is told of consumers that ended meanwhile`() throws {
        let harness = try broker()
        try harness.connect(9)
        try harness.disconnect(1)
        try harness.send(9, .deleteSubscription(topic: "orders", name: "billing"))
        // Nothing else is kept, but that is still to be told.
        try harness.pass(9_999)
        try harness.connect(2, resuming: "session-1")
        #expect(harness.heard(2) == ["WELCOME session-1", "LOST 1 1,2 deleted", "GONE 1 deleted"])
        try harness.connect(3, resuming: "session-1")
        #expect(harness.heard(3) == ["WELCOME session-3"])
    }

    @Test func `who comes back too late is told nothing of consumers that ended meanwhile`() throws {
        let harness = try broker()
        try harness.connect(9)
        try harness.disconnect(1)
        try harness.send(9, .deleteSubscription(topic: "orders", name: "billing"))
        try harness.pass(10_000)
        try harness.connect(2, resuming: "session-1")
        #expect(harness.heard(2) == ["WELCOME session-2"])
    }

    @Test func `a consumer whose connection is gone before its SUB is answered gets nothing`() throws {
        let harness = try BrokerHarness()
        try harness.connect(1)
        try harness.connect(2)
        try harness.publish(1, "orders", "one")
        try harness.step([
            harness.input(1) {
                $0.add(
                    .createSubscription(
                        topic: "orders", name: "billing", from: .earliest, options: SubscriptionOptions()))
            }
        ])
        try harness.sync()
        var request = Subscribe(
            consumer: 1, topic: "orders", subscription: "billing", window: 10, from: nil)
        request.grace = 10_000
        try harness.run([
            harness.input(1) { $0.add(.subscribe(request)) }, .disconnected(ConnectionID(1)),
        ])
        #expect(try harness.info("orders", "billing").inFlight == 0)
        try harness.connect(3, resuming: "session-1")
        try harness.send(3, .subscribe(request))
        #expect(harness.heard(3) == ["WELCOME session-1", "OK resumed="])
        #expect(harness.got(3).map(\.attempt) == [1])
    }

    @Test func `a consumer that comes back before its first SUB is answered waits for the second answer`() throws {
        let harness = try broker()
        try harness.disconnect(1)
        var request = Subscribe(
            consumer: 7, topic: "orders", subscription: "audit", window: 10, from: .earliest)
        request.grace = 10_000
        try harness.connect(2)
        try harness.step([harness.input(2) { $0.add(.subscribe(request)) }])
        try harness.step([
            .connected(ConnectionID(3), client: "client-3", session: "session-3", resuming: "session-2"),
            harness.input(3) { commands in
                commands.add(.subscribe(request))
                commands.publish("orders", "three")
            },
        ])
        #expect(harness.heard(3) == ["WELCOME session-2"])
        #expect(harness.got(3) == [])
        try harness.sync()
        #expect(harness.heard(3) == ["OK resumed=", "OK 3"])
        #expect(harness.got(3).map(\.offset) == [1, 2, 3])
    }

    @Test func `a lease that runs out before the reply is out is not told as held`() throws {
        let harness = try broker()
        try harness.pass(25_000)
        try harness.disconnect(1)
        try harness.pass(4_999)
        var request = Subscribe(
            consumer: 1, topic: "orders", subscription: "billing", window: 10, from: nil)
        request.grace = 10_000
        try harness.step([
            .connected(ConnectionID(2), client: "client-2", session: "session-2", resuming: "session-1"),
            harness.input(2) { commands in
                commands.add(.subscribe(request))
                commands.publish("other", "x")
            },
        ])
        try harness.pass(1)
        #expect(harness.heard(2) == ["WELCOME session-1", "LOST 1 1,2 timeout", "OK resumed=", "OK 1 subs=0"])
    }

    @Test func `a subscribe that comes back has to be right about the settings`() throws {
        let harness = try broker()
        try harness.disconnect(1)
        try harness.connect(2, resuming: "session-1")
        try harness.send(2, .sub(1, "orders", "billing") { $0.maxFailures = 9 })
        try subscribe(harness, 2, grace: 0)
        #expect(harness.heard(2) == ["WELCOME session-1", "ERR conflict", "OK resumed=1,2"])
    }

    @Test func `as many consumers are kept as the limit says, and the next one is not`() throws {
        var configuration = BrokerConfiguration()
        configuration.keptConsumers = 1
        let harness = try BrokerHarness(configuration)
        for connection in UInt64(1)...2 {
            try harness.connect(connection)
            try subscribe(harness, connection, grace: 10_000)
        }
        try harness.publish(1, "orders", "one", "two", "three")
        try harness.disconnect(1)
        try harness.disconnect(2)
        #expect(try harness.info("orders", "billing").consumers == 1)
        try harness.pass(10_000)
        #expect(try harness.info("orders", "billing").consumers == 0)
        try harness.connect(3)
        try subscribe(harness, 3, grace: 10_000)
        #expect(harness.got(3).count == 3)
        // The place that was taken is free again.
        try harness.disconnect(3)
        #expect(try harness.info("orders", "billing").consumers == 1)
    }
}
