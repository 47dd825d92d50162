// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

@testable import martlet

/// What is counted while a demonstration runs.
struct DemoTallyTests {
    private func event(
        _ kind: DemoEvent.Kind, _ run: String, offset: UInt64 = 1, attempt: Int = 1, fault: DemoPlan.Fault? = nil
    ) -> DemoEvent {
        DemoEvent(kind, run: run, step: "classify", offset: offset, attempt: attempt, request: 5, fault: fault)
    }

    private func tally(_ events: [DemoEvent]) -> Tally {
        var tally = Tally()
        for event in events { tally.take(event) }
        return tally
    }

    @Test func `an event is read as it was written`() {
        for event in [event(.begun, "w1-1", attempt: 3), event(.fault, "w12-40", fault: .killAfterMail)] {
            #expect(DemoEvent(line: event.line) == event)
        }
        #expect(event(.begun, "w12-40").worker == "w12")
        for line in ["", "begun w1-1 classify 1 1 5", "nothing w1-1 classify 1 1 5 none"] {
            #expect(DemoEvent(line: line) == nil)
        }
    }

    @Test func `a later delivery is a redelivery, and a handler that runs again for a conflict is none`() {
        let again = tally([event(.begun, "w1-1"), event(.ended, "w1-1"), event(.begun, "w1-2", attempt: 2)])
        #expect(again.redeliveries == 1 && again.leaseLosses == 0)
        let conflict = tally([event(.begun, "w1-1"), event(.ended, "w1-1"), event(.begun, "w1-2")])
        #expect(conflict.redeliveries == 0)
    }

    @Test func `a restarted broker counts from 1 again, and that is a redelivery too`() {
        var tally = tally([event(.begun, "w1-1"), event(.lost, "w1-1")])
        tally.restarts += 1
        tally.take(event(.begun, "w2-1"))
        #expect(tally.redeliveries == 1 && tally.leaseLosses == 1)
    }

    @Test func `a handler of what another is handed has lost its lease, and is counted once`() {
        let frozen = tally([
            event(.begun, "w1-1"), event(.begun, "w2-1", attempt: 2), event(.ended, "w2-1"), event(.lost, "w1-1"),
        ])
        #expect(frozen.leaseLosses == 1)
    }

    @Test func `no handler runs when all runs have ended or their workers are dead`() {
        var tally = tally([event(.begun, "w1-1"), event(.begun, "w2-2", offset: 2), event(.begun, "w11-3", offset: 3)])
        #expect(!tally.isIdle)
        tally.take(event(.ended, "w1-1"))
        #expect(!tally.isIdle)
        tally.forgetAll(but: ["w1", "w2"])
        #expect(!tally.isIdle)
        tally.forgetAll(but: ["w1", "w3"])
        #expect(tally.isIdle)
    }

    @Test func `the dead lose no leases`() {
        let killed = tally([
            event(.begun, "w1-1"), event(.begun, "w11-1", offset: 2), event(.fault, "w1-1", fault: .killInStep),
            event(.begun, "w2-1", attempt: 2), event(.begun, "w2-2", offset: 2, attempt: 2),
        ])
        #expect(killed.leaseLosses == 1, "that of w11 only")
        #expect(killed.kills == 1 && killed.freezes == 0 && killed.cuts == 0)
    }

    @Test func `requests are in progress, wait, or are answered`() {
        var tally = Tally()
        for request in 1...3 { tally.confirm(request, isDuplicate: false) }
        tally.confirm(3, isDuplicate: true)
        tally.take(DemoEvent(.waiting, run: "w1-1", step: "classify", offset: 2, request: 2))
        #expect(tally.inProgress == 2 && tally.waiting == 1 && tally.answered == 0 && tally.absorbed == 1)
        tally.world.take(Mail(key: "k", request: 2, label: "refund"))
        tally.world.take(Mail(key: "k", request: 2, label: "refund"))
        #expect(tally.inProgress == 2 && tally.waiting == 0 && tally.answered == 1 && tally.absorbed == 2)
        #expect(tally.waited == 1 && tally.published == 4)
    }

    @Test func `the hardest life is that of the request which went through most`() {
        var tally = Tally()
        #expect(tally.hardest == nil)
        tally.take(DemoEvent(.failed, run: "w1-1", step: "classify", offset: 1, request: 1))
        tally.take(DemoEvent(.waiting, run: "w1-2", step: "classify", offset: 2, request: 2))
        tally.escalate(2, "not handled: parked")
        tally.escalate(2, "handled")
        #expect(tally.hardest?.request == 2 && tally.escalated == 1)
        #expect(tally.hardest?.life.escalation == "not handled: parked")
        #expect(tally.hardest?.life.text == "it waited for a person, its time was over and a colleague was called")
        for fault in [DemoPlan.Fault.killInStep, .freezeInStep, .cutInStep] {
            tally.take(event(.fault, "w1-3", fault: fault))
        }
        tally.take(event(.begun, "w1-4", attempt: 2))
        #expect(tally.hardest?.request == 5)
        #expect(
            tally.hardest?.life.text
                == "its worker was killed, its worker was frozen, its worker's connection was cut, "
                + "it was handed out again once")
    }

    @Test func `half a line is read when it is whole`() throws {
        let path = FileManager.default.temporaryDirectory.path + "/martlet-tail-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var tail = LineTail(path: path)
        defer { tail.end() }
        #expect(tail.lines().isEmpty)
        try Data("one\nt".utf8).write(to: URL(filePath: path))
        #expect(tail.lines() == ["one"])
        try LineLog(path: path).append("wo")
        #expect(tail.lines() == ["two"])
        #expect(tail.lines().isEmpty)
    }

    @Test func `the port stands in the greeting`() {
        #expect(DemoBroker.port(in: "Martlet is up.\n  address     127.0.0.1:40123\n  data") == 40_123)
        #expect(DemoBroker.port(in: "Martlet is up.\n  address     127.0.0.1:401") == nil)
        #expect(DemoBroker.port(in: "") == nil)
    }

    @Test func `the live table has a line for everything that is counted`() {
        let lines = DemoScreen.lines(Tally(), requests: 60, seconds: 1.25)
        #expect(lines.count == 13 && Set(lines.map(\.count)).count == 1)
        #expect(lines[0].hasSuffix("0 of 60"))
        #expect(DemoScreen.tenths(9.96) == "10.0" && DemoScreen.tenths(0) == "0.0")
    }
}
