// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletClient
import Testing

/// CloudEvents in binary mode.
struct CloudEventTests {
    private let full = CloudEvent(
        id: "1", source: "/s", type: "t", time: "2026-01-01T00:00:00Z", subject: "x", dataContentType: "text/plain")

    @Test func `an event travels as headers`() {
        var headers: Headers = ["traceparent": "p"]
        full.write(to: &headers)
        #expect(
            headers.all.map { "\($0.name)=\($0.value)" } == [
                "traceparent=p", "ce-specversion=1.0", "ce-id=1", "ce-source=/s", "ce-type=t",
                "ce-time=2026-01-01T00:00:00Z", "ce-subject=x", "content-type=text/plain",
            ])
        #expect(CloudEvent(headers) == full)
    }

    @Test func `what an event does not have is removed`() {
        var headers = Headers()
        full.write(to: &headers)
        let least = CloudEvent(id: "2", source: "/s", type: "t")
        least.write(to: &headers)
        #expect(CloudEvent(headers) == least)
        #expect(headers["ce-time"] == nil && headers["content-type"] == nil)
    }

    @Test(arguments: ["ce-specversion", "ce-id", "ce-source", "ce-type"])
    func `without what it must have it is none`(name: String) {
        var headers = Headers()
        full.write(to: &headers)
        headers[name] = ""
        #expect(CloudEvent(headers) == nil)
        headers[name] = nil
        #expect(CloudEvent(headers) == nil)
    }

    @Test func `names have no case, another version is another thing`() {
        let headers: Headers = ["CE-SpecVersion": "1.0", "Ce-Id": "1", "Ce-Source": "s", "Ce-Type": "t"]
        #expect(CloudEvent(headers) == CloudEvent(id: "1", source: "s", type: "t"))
        #expect(CloudEvent(["ce-specversion": "0.3", "ce-id": "1", "ce-source": "s", "ce-type": "t"]) == nil)
    }
}
