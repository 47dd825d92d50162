// SPDX-FileCopyrightText: the Martlet authors
// SPDX-License-Identifier: Apache-2.0

import MartletLock
import MartletTestKit

/// Whether the load and its brokers speak TLS, and with which certificates: one choice for the whole run.
enum LoadSecurity {
    private static let chosen = Lock<TestSecurity?>(nil)

    /// The certificates; nil when nothing is secured.
    static var current: TestSecurity? { chosen.withLock { $0 } }

    /// Secures everything from now on.
    static func turnOn() throws {
        let security = try TestSecurity()
        chosen.withLock { $0 = $0 ?? security }
    }

    /// What the name of a row says of it.
    static var suffix: String { current == nil ? "" : ", TLS" }

    /// The settings of a broker that does as the load does.
    static var variables: [String: String] {
        guard let current else { return [:] }
        return [
            "MARTLET_SERVER_TLS_CERTIFICATE": current.path("server.pem"),
            "MARTLET_SERVER_TLS_KEY": current.path("server.key"),
        ]
    }
}
