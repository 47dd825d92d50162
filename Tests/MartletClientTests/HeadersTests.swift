// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import Testing

/// Headers keep their order, and names are unique without regard to case.
struct HeadersTests {
    @Test func `of two with the same name the last holds, at the first one's place`() {
        let headers: Headers = ["A": "1", "b": "2", "a": "3"]
        #expect(headers.all.map(\.name) == ["A", "b"] && headers.all.map(\.value) == ["3", "2"])
    }

    @Test func `setting nothing removes`() {
        var headers: Headers = ["A": "1", "b": "2"]
        headers["a"] = nil
        headers["none"] = nil
        #expect(headers == ["b": "2"] && headers["A"] == nil)
        headers["B"] = nil
        #expect(headers.isEmpty)
    }

    @Test func `equality includes names, values and order`() {
        #expect(Headers() == [:])
        #expect(["a": "1", "b": "2"] as Headers != ["b": "2", "a": "1"])
        #expect(["a": "1"] as Headers != ["A": "1"])
        #expect((["a": "1"] as Headers).hashValue == (["a": "1"] as Headers).hashValue)
    }
}
