// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import MartletAdmin

/// The id of an event is a place in all topics in which the broker speaks of itself.
struct EventPositionTests {
    @Test func `an id leads back to the place that it stands for`() throws {
        var position = EventPosition()
        position["$sys.message.dead"] = 7
        position["$sys.topic.no-subscriber"] = 12
        #expect(position.id == "message.dead:7,topic.no-subscriber:12")
        #expect(try #require(EventPosition(id: position.id)) == position)
        #expect(position["$sys.storage.full"] == 0)
    }

    @Test(arguments: ["", "a", "a:", ":1", "a:b", "a:-1", "a:1:2", "a b:1", "a:99999999999999999999", "../x:1"])
    func `what is no id is no place`(id: String) {
        #expect(EventPosition(id: id) == nil)
    }
}
