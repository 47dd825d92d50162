// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletBroker

struct TopicNamesTests {
    private func place(_ name: String, in names: inout TopicNames) -> Int {
        Array(name.utf8).withUnsafeBytes { names.place(of: $0) }
    }

    private func has(_ name: String, at place: Int, in names: TopicNames) -> Bool {
        Array(name.utf8).withUnsafeBytes { names.has($0, at: place) }
    }

    @Test func `topics in turns have a place each`() {
        var names = TopicNames()
        let topics = (0..<10).map { "orders.\($0)" }
        for _ in 0..<3 { #expect(topics.map { place($0, in: &names) } == Array(0..<10)) }
        #expect(names.names == topics)
    }

    @Test func `one topic has one place`() {
        var names = TopicNames()
        #expect((0..<3).map { _ in place("orders", in: &names) } == [0, 0, 0])
        #expect(place("orders.of.another.kind", in: &names) == 1)
        #expect(place("orders", in: &names) == 0)
        #expect(place("order", in: &names) == 2)
    }

    @Test func `each place has the name that it was given for, however many there are`() {
        var names = TopicNames()
        let topics = (0..<70_000).map { "topic\($0)" }
        for _ in 0..<2 {
            let wrong = topics.filter { topic in
                let place = place(topic, in: &names)
                return names.names[place] != topic
            }
            #expect(wrong.isEmpty)
        }
        // The first ones are found again; the others get further places.
        #expect(names.names.count < 140_000)
    }

    @Test func `a place is that of its whole name`() {
        var names = TopicNames()
        _ = place("a", in: &names)
        _ = place("bc", in: &names)
        #expect(has("a", at: 0, in: names))
        #expect(has("bc", at: 1, in: names))
        for other in ["b", "bcd", "bd", "ab", "abc", ""] { #expect(!has(other, at: 1, in: names), "\(other)") }
    }

    @Test func `what was named before is forgotten with the rest`() {
        var names = TopicNames()
        for topic in ["a", "b", "c"] { _ = place(topic, in: &names) }
        names.removeAll()
        #expect(names.names.isEmpty)
        #expect(["x", "c", "x", "c"].map { place($0, in: &names) } == [0, 1, 0, 1])
        #expect(names.names == ["x", "c"])
    }
}
