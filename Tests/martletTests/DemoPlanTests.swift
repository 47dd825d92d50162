// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import martlet

/// What the demonstration throws at the broker, and the model and the person in it: all of it follows from a seed.
struct DemoPlanTests {
    private let plan = DemoPlan(seed: 7, requests: 300)

    @Test func `a seed makes one plan, and another seed another`() {
        #expect(plan == DemoPlan(seed: 7, requests: 300))
        #expect(plan.arrivals != DemoPlan(seed: 8, requests: 300).arrivals)
        #expect(plan.faults != DemoPlan(seed: 8, requests: 300).faults)
    }

    @Test func `every request arrives under its own id, and repeats come after what they repeat`() {
        for request in 1...300 {
            let arrivals = plan.arrivals.filter { $0.request == request }
            #expect(arrivals.count { $0.copy == 0 && !$0.isRepeat } == 1)
            #expect(arrivals.first.map { $0.copy == 0 && !$0.isRepeat } == true)
        }
        #expect(plan.arrivals.map(\.time) == plan.arrivals.map(\.time).sorted())
    }

    @Test func `there are repeats, copies, delays and arrivals out of order`() {
        #expect(plan.repeats > 0 && plan.copies > 0 && plan.delayed > 0)
        #expect(plan.arrivals.count == 300 + plan.repeats + plan.copies)
        let firsts = plan.arrivals.filter { $0.copy == 0 && !$0.isRepeat }.map(\.request)
        #expect(firsts != firsts.sorted())
    }

    @Test(arguments: [1, 5, 6, 10, 300])
    func `faults strike requests that there are, and all kinds when there are enough`(requests: Int) {
        let plan = DemoPlan(seed: 3, requests: requests)
        #expect(plan.faults.keys.allSatisfy { (1...requests).contains($0) })
        #expect(Set(plan.faults.values).count == min(requests, DemoPlan.Fault.allCases.count))
        #expect(plan.restarts.allSatisfy { $0 < plan.arrivals.count } && plan.restarts == plan.restarts.sorted())
    }

    @Test func `dice depend on the purpose and the numbers, not on the order of asking`() {
        var one = Dice(seed: 1, "a", 1)
        var same = Dice(seed: 1, "a", 1)
        var others = [Dice(seed: 1, "b", 1), Dice(seed: 1, "a", 2), Dice(seed: 2, "a", 1), Dice(seed: 1, "a", 1, 0)]
        let number = one.next()
        #expect(number == same.next())
        for index in others.indices { #expect(number != others[index].next()) }
    }

    @Test func `the model fails first, is slow then, and is as sure as it is of the request`() {
        let model = SimulatedModel(seed: 7)
        for request in 1...300 {
            let (failures, slow) = (model.failures(of: request), model.slowCalls(of: request))
            for number in 1...failures + slow + 2 {
                let call = model.call(request, number: number)
                #expect(call == model.call(request, number: number))
                switch call.reply {
                case .failure: #expect(number <= failures)
                case .answer(let label, let confidence):
                    #expect(number > failures)
                    #expect(SimulatedModel.labels.contains(label))
                    #expect((confidence < SimulatedModel.leastConfidence) == model.isUnsure(of: request))
                    let isSlow = call.milliseconds > SimulatedModel.slowMilliseconds
                    #expect(isSlow == (number <= failures + slow))
                }
            }
        }
        #expect((1...300).contains { model.failures(of: $0) > 0 } && (1...300).contains { model.slowCalls(of: $0) > 0 })
        #expect((1...300).contains { model.isUnsure(of: $0) } && !(1...300).allSatisfy { model.isUnsure(of: $0) })
    }

    @Test func `the model changes its mind about some requests`() {
        let model = SimulatedModel(seed: 7)
        #expect((1...300).contains { model.call($0, number: 9).reply != model.call($0, number: 10).reply })
    }

    @Test func `a person clicks twice at times, and a colleague contradicts`() {
        let person = SimulatedPerson(seed: 7)
        let all = (1...300).map { person.decisions(on: $0) }
        #expect(all.allSatisfy { !$0.isEmpty && $0[0].number == 1 })
        #expect(all.contains { $0.count > 1 && $0[1] == $0[0] })
        let contradicted = all.filter { $0.contains { $0.number == 2 } }
        #expect(!contradicted.isEmpty && contradicted.allSatisfy { $0.last?.label != $0.first?.label })
    }

    @Test func `a person overlooks a request at times`() {
        let person = SimulatedPerson(seed: 7)
        let count = (1...300).count { person.overlooks($0) }
        #expect((30...90).contains(count), "\(count)")
    }
}
