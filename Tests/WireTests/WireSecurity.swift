// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MartletTestKit

/// What secures the conversations of all tests, so that the same tests run with TLS and without.
enum WireSecurity {
    /// Made when `MARTLET_TEST_TLS` is set; else nil, and conversations are plain.
    static let suite: TestSecurity? = {
        guard ProcessInfo.processInfo.environment["MARTLET_TEST_TLS"] != nil else { return nil }
        do {
            return try TestSecurity()
        } catch {
            preconditionFailure("no certificates for the tests: \(error)")
        }
    }()
}

extension WireClient {
    /// Connects to a broker that has these certificates; without any, as the other tests do.
    convenience init(
        _ port: Int, _ security: TestSecurity?, hello: String = "HELLO 1 client=test heartbeat=0",
        receiveBuffer: Int32? = nil
    ) throws {
        let tls = try security.map { try TLSEngine($0.clientTLS()) }
        try self.init(port, hello: hello, receiveBuffer: receiveBuffer, tls: tls)
    }
}
