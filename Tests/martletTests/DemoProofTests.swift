// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import martlet

/// The judgement at the end of a demonstration: it holds only when everything agrees.
struct DemoProofTests {
    private func mail(_ request: Int, _ label: String = "refund", key: String? = nil) -> Mail {
        Mail(key: key ?? "demo.answers/mail/#\(request)", request: request, label: label)
    }

    /// What two answered requests leave behind.
    private var good: DemoEvidence {
        DemoEvidence(
            mails: [mail(1), mail(2, "praise")], answers: [DemoBody(1, "refund"), DemoBody(2, "praise")],
            states: [
                1: RequestState(label: "refund", byPerson: false), 2: RequestState(label: "praise", byPerson: true),
            ])
    }

    private func findings(_ change: (inout DemoEvidence) -> Void) -> [String] {
        var evidence = good
        change(&evidence)
        return DemoProof.findings(requests: 2, evidence: evidence).map { "\($0)" }
    }

    @Test func `what agrees is proved`() {
        #expect(findings { _ in }.isEmpty)
    }

    @Test func `a call that the mail service knew by its key is not a second mail`() {
        #expect(findings { $0.mails.append(mail(1)) }.isEmpty)
    }

    @Test func `a second mail is found`() {
        #expect(findings { $0.mails.append(mail(1, key: "other")) } == ["request 1: 2 mails were sent"])
    }

    @Test func `a missing mail is found`() {
        #expect(findings { $0.mails.removeLast() } == ["request 2: 0 mails were sent"])
    }

    @Test func `a repeated call that says something else is found`() {
        #expect(
            findings { $0.mails.append(mail(1, "praise")) } == [
                "request 1: the mail says 'praise', the record 'refund'"
            ])
    }

    @Test func `a second answer, a missing one and one that contradicts the record are found`() {
        #expect(findings { $0.answers.append(DemoBody(1, "refund")) } == ["request 1: 2 answers were published"])
        #expect(findings { $0.answers.removeFirst() } == ["request 1: 0 answers were published"])
        #expect(
            findings { $0.answers[0].label = "invoice" } == [
                "request 1: the answer says 'invoice', the record 'refund'"
            ])
    }

    @Test func `a request that was lost or still waits is found`() {
        #expect(findings { $0.states[1] = nil } == ["request 1: its record is missing, and 1 mails were sent"])
        #expect(
            findings {
                $0.states[2] = nil
                $0.mails.removeLast()
            } == ["request 2: its record is missing, and no mail was sent"])
    }

    @Test func `answers to no request, strange records, dead letters and unsettled messages are found`() {
        #expect(findings { $0.mails.append(mail(3)) } == ["request 3: there was no such request"])
        #expect(findings { $0.answers.append(DemoBody(0)) } == ["request 0: there was no such request"])
        #expect(findings { $0.strangeKeys = ["r/x"] } == ["the record r/x is not the state of a request"])
        #expect(findings { $0.dead = 1 } == ["1 messages became dead letters"])
        #expect(findings { $0.unsettled = 2 } == ["2 messages are not settled"])
    }

    @Test func `states, bodies and mails are read as they were written, and nothing else is`() {
        let states: [RequestState] = [
            RequestState(label: "refund", byPerson: true), RequestState(label: "praise", byPerson: false),
        ]
        for state in states { #expect(RequestState(state.bytes) == state) }
        for text in ["", "waiting", "answered", "answered refund robot", "done"] {
            #expect(RequestState(Array(text.utf8)) == nil)
        }
        for body in [DemoBody(7), DemoBody(7, "refund")] {
            #expect(DemoBody(String(decoding: body.bytes, as: UTF8.self)) == body)
        }
        for text in ["", "x", "1 refund now"] { #expect(DemoBody(text) == nil) }
        #expect(Mail(line: mail(4).line) == mail(4))
        for line in ["", "key 4", "key x refund"] { #expect(Mail(line: line) == nil) }
    }

    @Test func `one judgement for the broker and for the script`() {
        let world = OutsideWorld([
            mail(1), mail(1), mail(2), mail(2, key: "b"), mail(3, "praise"), mail(3, "refund", key: "c"),
        ])
        let outcome = DemoOutcome(requests: 4, world: world)
        #expect(outcome.once == 1 && outcome.doubled == 2 && outcome.contradicted == 1 && outcome.lost == 1)
        #expect(world.calls == 6 && world.absorbed == 1)
    }

    @Test func `a record's key belongs to its run`() {
        let names = DemoNames(run: "a1")
        #expect(names.request(ofKey: names.key(12)) == 12)
        #expect(names.request(ofKey: "a2/12") == nil)
        #expect(names.request(ofKey: "a1/x") == nil)
    }

    @Test func `what the broker tells is about a request of the run, or about none`() {
        let names = DemoNames(run: "a1")
        func about(_ topic: String, _ process: String) -> (request: Int, offset: UInt64)? {
            names.request(inEvent: Array(#"{"topic":"\#(topic)","offset":7,"process":"\#(process)"}"#.utf8))
        }
        let found = about(names.requests, names.key(12))
        #expect(found?.request == 12 && found?.offset == 7)
        #expect(about(names.answers, names.key(12)) == nil && about(names.requests, "a2/12") == nil)
        #expect(names.request(inEvent: Array("x".utf8)) == nil)
    }
}
