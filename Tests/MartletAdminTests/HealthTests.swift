// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletAdmin
import MartletServer
import Testing

/// Whether the broker is up, and whether it takes publishes.
struct HealthTests {
    @Test func `a broker that is up is live and ready`() async throws {
        try await AdminBed.run { bed in
            #expect(try await bed.get("/health/live").json?["status"]?.string == "live")
            let ready = try await bed.get("/health/ready", headers: ["Host": "anything"])
            #expect(ready.status == 200)
            #expect(ready.json?["status"]?.string == "ready")
        }
    }

    @Test func `a full store is live and not ready`() async throws {
        try await AdminBed.run(adjusting: Self.leaveNoRoom) { bed in
            #expect(try await bed.get("/health/live").status == 200)
            let ready = try await bed.get("/health/ready")
            #expect(ready.status == 503)
            #expect(ready.json?["reason"]?.string?.contains("full") == true)
        }
    }

    private static func leaveNoRoom(_ settings: inout ServerConfiguration) {
        settings.mapSize = 16 << 20
        settings.reserveMinimum = settings.mapSize
    }
}
